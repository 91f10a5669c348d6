package exchange

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// RuleSpec is one error rule of a mapping. When, Code, Message and IP are
// expressions (expr-lang) over status (an integer), headers (by name, in any
// letter case: headers["x-reason"]) and body (the native JSON; what is absent
// is null). A native number equals its text, as platforms send both.
type RuleSpec struct {
	// When tells whether the rule applies.
	When string
	// Problem is the code of the problem that the response is.
	Problem string
	// Code and Message give the platform's own code and message; empty for none.
	Code, Message string
	// Retry: the call may be repeated, if it is idempotent.
	Retry bool
	// RetryAfter tells where the time to wait stands: "header" (Retry-After),
	// "body.…" (seconds), or a fixed duration ("30s"). Default: header.
	RetryAfter string
	// IP gives the address that the platform refused; a message that holds it will do.
	IP string
	// Hint is what the operator can do, added to the problem's detail.
	Hint string
}

// RuleError is a fault in a rule.
type RuleError struct {
	// Index is the rule's place in the list, from 0.
	Index int
	// Member is the faulty member: when, problem, code, message, retry_after or ip.
	Member string
	// Line and Column, both from 1, are inside the member's text; 0 where the
	// member as a whole is at fault.
	Line, Column int
	Message      string
}

// Error tells the rule, the member, the place in it, and what is wrong.
func (e *RuleError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("compiling error rule %d: %s: %s", e.Index, e.Member, e.Message)
	}
	return fmt.Sprintf("compiling error rule %d: %s: %d:%d: %s", e.Index, e.Member, e.Line, e.Column, e.Message)
}

// Verdict is what a rule says about a response. Its texts are the platform's
// own and may hold anything, credentials included.
type Verdict struct {
	// Rule is the index of the rule.
	Rule    int
	Problem problem.Code
	// Code and Message are the platform's.
	Code, Message string
	Retry         bool
	// RetryAfter is how long to wait; 0 where the platform did not say.
	RetryAfter time.Duration
	// IP is the address that the platform refused; invalid where it is not known.
	IP   netip.Addr
	Hint string
}

// Rules are the error rules of a mapping, compiled. Safe for concurrent use; a
// nil *Rules has none.
type Rules struct {
	rules  []rule
	scopes sync.Pool
}

type rule struct {
	when          condition
	problem       problem.Code
	code, message text
	ip            text
	retry         bool
	retryAfter    retryAfter
	hint          string
}

// CompileRules checks and compiles the rules of a mapping. All faults are
// reported, joined, each a [*RuleError].
func CompileRules(specs []RuleSpec) (*Rules, error) {
	found := new(places)
	rules := make([]rule, len(specs))
	var faults []error
	for i := range specs {
		faults = append(faults, compileRule(i, &specs[i], &rules[i], found)...)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	r := &Rules{rules: rules}
	r.scopes.New = func() any { return newScope(found) }
	return r, nil
}

func compileRule(index int, spec *RuleSpec, r *rule, found *places) (faults []error) {
	inExpression := func(member string, err error) {
		if err != nil {
			line, column, message := position(err)
			faults = append(faults, &RuleError{index, member, line, column, message})
		}
	}
	whole := func(member, format string, args ...any) {
		faults = append(faults, &RuleError{Index: index, Member: member, Message: fmt.Sprintf(format, args...)})
	}

	var err error
	if strings.TrimSpace(spec.When) == "" {
		whole("when", "a condition is needed")
	} else {
		r.when, err = compileCondition(spec.When, found)
		inExpression("when", err)
	}
	r.problem = problem.Code(spec.Problem)
	if _, ok := problem.Lookup(r.problem); !ok {
		whole("problem", "unknown problem %q", spec.Problem)
	}
	r.code, err = compileText(spec.Code, found)
	inExpression("code", err)
	r.message, err = compileText(spec.Message, found)
	inExpression("message", err)
	r.ip, err = compileText(spec.IP, found)
	inExpression("ip", err)
	r.retryAfter, err = compileRetryAfter(spec.RetryAfter, found)
	if err != nil {
		whole("retry_after", "%v", err)
	}
	r.retry, r.hint = spec.Retry, spec.Hint
	return faults
}

// Len returns how many rules there are.
func (r *Rules) Len() int {
	if r == nil {
		return 0
	}
	return len(r.rules)
}

// Judge returns what the first rule that matches says about a response, and
// false if none does. The body is JSON text in UTF-8, or nil where there was
// none or something else; it is not kept.
func (r *Rules) Judge(status int, header http.Header, body []byte, now time.Time) (Verdict, bool) {
	if r.Len() == 0 {
		return Verdict{}, false
	}
	s := r.scopes.Get().(*scope)
	s.set(status, header, body)
	defer func() {
		s.clear()
		r.scopes.Put(s)
	}()
	for i := range r.rules {
		if rule := &r.rules[i]; rule.when.match(s) {
			return rule.verdict(i, s, now), true
		}
	}
	return Verdict{}, false
}

func (r *rule) verdict(index int, s *scope, now time.Time) Verdict {
	v := Verdict{
		Rule:       index,
		Problem:    r.problem,
		Code:       r.code.of(s),
		Message:    r.message.of(s),
		Retry:      r.retry,
		RetryAfter: r.retryAfter.of(s, now),
		Hint:       r.hint,
	}
	if r.ip.given {
		v.IP = addressIn(r.ip.of(s))
	}
	return v
}

// addressIn returns the first IP address in a text.
func addressIn(text string) netip.Addr {
	for _, word := range strings.FieldsFunc(text, func(c rune) bool {
		return !strings.ContainsRune("0123456789abcdefABCDEF.:", c)
	}) {
		if ip, err := netip.ParseAddr(strings.Trim(word, ".:")); err == nil {
			return ip
		}
		if ip, err := netip.ParseAddr(word); err == nil {
			return ip
		}
	}
	return netip.Addr{}
}
