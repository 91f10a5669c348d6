package mappingtest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// Wound is a hostile answer that was not answered as it has to be.
type Wound struct {
	// Operation is the operation, or "report" and the name of a report.
	Operation string
	// Attack names the hostile answer, and At the exchange whose answer it replaced.
	Attack string
	At     mapping.Position
	What   string
}

// String returns all of it in a line.
func (w Wound) String() string {
	return fmt.Sprintf("%s: %s, answered with %s: %s", w.At, w.Operation, w.Attack, w.What)
}

// target is an operation or native report, and what tells its answers from others.
type target struct {
	name      string
	operation string
	report    string
}

// targets are all that a mapping has.
func (r *runner) targets() []target {
	var out []target
	for _, id := range slices.Sorted(maps.Keys(r.Mapping.Operations)) {
		out = append(out, target{name: id, operation: id})
	}
	for _, report := range r.Mapping.Reports {
		if report.Call != nil {
			out = append(out, target{name: "report " + report.Name, report: report.Name})
		}
	}
	return out
}

// answers picks the answers of a test that belong to a target: the first and the last.
func (g target) answers(t *trial, alias func(string) string) []*seen {
	if g.report == "" && alias(t.test.Operation) != g.operation {
		return nil
	}
	var out []*seen
	for i := range t.watch.answers {
		s := &t.watch.answers[i]
		if g.report != "" {
			if report := t.platform.ReportOf(s.plan); report == nil || report.Name != g.report {
				continue
			}
		} else if !g.makes(t.platform, s.plan) {
			continue
		}
		out = append(out, s)
	}
	if len(out) > 2 {
		out = []*seen{out[0], out[len(out)-1]}
	}
	return out
}

// makes tells whether a call is one of the target's own. Others are made for it: for the
// rows of another list, or for the object that was changed.
func (g target) makes(p *mapping.Platform, call *mapping.CallPlan) bool {
	plan := p.Operation(g.operation)
	if plan != nil && plan.Via != nil {
		plan = plan.Via
	}
	return plan != nil && slices.Contains(plan.Calls, call)
}

// attackAll gives hostile answers to every operation that a test has a good one of.
func (r *runner) attackAll(ctx context.Context, passed []*trial, out *Result) {
	alias := func(id string) string {
		if op := r.Surface.Operation(id); op != nil {
			return op.Target().ID
		}
		return id
	}
	for _, g := range r.targets() {
		var victim *trial
		var answers []*seen
		for _, t := range passed {
			if t.test.Expect.Problem == nil && len(answers) == 0 {
				victim, answers = t, g.answers(t, alias)
			}
		}
		if len(answers) > 0 {
			r.coverage.reach(KindOperation, g.name)
		}
		for _, s := range answers {
			for i := range attacks {
				a := &assault{runner: r, attack: &attacks[i], victim: victim, good: s}
				made, what := a.run(ctx)
				if made {
					out.Attacks++
				}
				if what != "" {
					at := victim.test.Exchanges[s.exchange].Position
					out.Wounds = append(out.Wounds, Wound{Operation: g.name, Attack: attacks[i].name, At: at, What: what})
				}
			}
		}
	}
}

// assault is one hostile answer in the place of a good one.
type assault struct {
	*runner
	*attack
	victim *trial
	good   *seen
	evil   native
	got    outcome
}

// run gives the answer, and says what is wrong about what the client got. made tells
// whether there was anything to change.
func (a *assault) run(ctx context.Context) (made bool, what string) {
	defer func() {
		if v := recover(); v != nil {
			made, what = true, fmt.Sprintf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	answers := slices.Clone(a.victim.script.answers)
	if a.reads && !a.readsAnswer() {
		return false, ""
	}
	a.evil, made = a.make(answers[a.good.exchange], placesOf(a.good.layout(a.victim.platform)))
	if !made {
		return false, ""
	}
	answers[a.good.exchange] = a.evil
	t := &trial{test: a.victim.test, platform: a.victim.platform, watch: new(watch)}
	t.script = newScript(t.test, t.platform, answers)
	t.script.lenient, t.script.evil = true, a.good.exchange
	if err := a.ask(ctx, t); err != nil {
		return true, err.Error()
	}
	a.got = t.got
	return true, a.judge()
}

// readsAnswer tells whether the call looks into its answer at all.
func (a *assault) readsAnswer() bool {
	return a.good.plan.Plan != nil || a.victim.platform.ReportOf(a.good.plan) != nil
}

func (a *assault) judge() string {
	code := a.code()
	allowed := a.allowed()
	switch {
	case code == problem.Internal:
		return "the gateway took it for a fault of its own: " + a.got.text()
	case a.same:
		if want, got := normal(a.victim.got.text()), normal(a.got.text()); want != got {
			return "the client does not get the same as from the good answer\n\t- " + want + "\n\t+ " + got
		}
		return ""
	case a.attack.problem != "" && !slices.Contains(allowed, code):
		return fmt.Sprintf("the client has to get the problem %s, and got %s", allowed[0], a.got.text())
	case code == "" && a.got.body != nil && !gjson.ValidBytes(a.got.body):
		return "the client got no JSON: " + a.got.text()
	case a.explain == nil:
		return ""
	}
	return a.explain(a)
}

// allowed are the problems that the client may get: that of the attack, and that of the
// first error rule which matches the answer.
func (a *assault) allowed() []problem.Code {
	out := []problem.Code{a.attack.problem}
	rules := a.victim.platform.Rules
	if v, ok := rules.Judge(a.evil.status, a.evil.header, jsonOf(a.evil.body), a.victim.test.Now); ok {
		out = append(out, v.Problem)
		if v.Problem == problem.NotFound {
			out = append(out, problem.PlatformError) // what is not found is the call, not an object
		}
	}
	return out
}

// code is that of the problem which the client gets, as the answer or beside rows.
func (a *assault) code() problem.Code {
	if a.got.problem != nil {
		return a.got.problem.Code
	}
	return problem.Code(gjson.GetBytes(a.got.body, "platforms.#.problem.code|0").String())
}

func (o *outcome) text() string {
	if o.problem != nil {
		return string(o.problem.JSON(""))
	}
	return string(o.body)
}

// normal writes an answer so that equal ones are equal texts: without the members that
// an attack put in, and without what differs from one run to the next.
func normal(text string) string {
	v, err := decode([]byte(text))
	if err != nil {
		return text
	}
	without(v)
	out, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return string(out)
}

func without(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, extra)
		if _, isText := v["next_cursor"].(string); isText {
			v["next_cursor"] = "a cursor"
		}
		for _, member := range v {
			without(member)
		}
	case []any:
		for _, item := range v {
			without(item)
		}
	}
}

// readings says how the rows of the hostile answer are read. Where they cannot be, the
// client has to get a problem, and wrong says that it did not.
func (a *assault) readings() (rows [][]mapping.Reading, wrong string) {
	s := *a.good
	s.body = a.evil.body
	rows, err := s.explain(a.victim.platform)
	if err != nil && a.code() == "" {
		return nil, fmt.Sprintf("the answer cannot be used (%v), and the client got %s", err, a.got.text())
	}
	return rows, ""
}

// nothingFromNulls: what is null everywhere gives no values.
func nothingFromNulls(a *assault) string {
	rows, wrong := a.readings()
	for _, row := range rows {
		for i := range row {
			r := &row[i]
			given := r.From != "" || r.Rule == "constant" || strings.HasPrefix(r.Rule, "expr")
			if !given && !r.Null() && r.Value != "[]" {
				return fmt.Sprintf("%s is %s, and no native value says so (%s)", r.Member, r.Value, r.At)
			}
		}
	}
	return wrong
}

// unknownEnums: a value that no table has reads as unknown, or as the table says of all
// others, and is shown beside it.
func unknownEnums(a *assault) string {
	rows, wrong := a.readings()
	if code := a.code(); code != "" && !slices.Contains(a.allowed(), code) {
		return "an unknown value of an enum must not refuse the answer: " + a.got.text()
	}
	for _, row := range rows {
		for i := range row {
			r := &row[i]
			if r.Native != `"`+stranger+`"` {
				continue
			}
			switch {
			case !strings.HasPrefix(r.Rule, "enum"):
				if strings.HasPrefix(lastStep(r.Declared), "native_") && r.Value != r.Native {
					return fmt.Sprintf("%s does not show the native value (%s)", r.Member, r.At)
				}
			case r.Value != `"unknown"` && r.Rule != "enum: any other reads as "+strings.Trim(r.Value, `"`):
				return fmt.Sprintf("%s is %s for a native value that the table does not have (%s)", r.Member, r.Value, r.At)
			}
		}
	}
	return wrong
}

func lastStep(member string) string { return member[strings.LastIndexByte(member, '.')+1:] }

// digitsKept: no digit of a number is lost.
func digitsKept(a *assault) string {
	rows, wrong := a.readings()
	for _, row := range rows {
		for i := range row {
			r := &row[i]
			if r.Native != huge || r.Null() || strings.HasPrefix(r.Rule, "expr") || strings.HasPrefix(r.Rule, "enum") || strings.HasPrefix(r.Rule, "as ") {
				continue
			}
			if digits := strings.ReplaceAll(r.Value, ".", ""); !strings.Contains(digits, huge) {
				return fmt.Sprintf("%s is %s for the number %s (%s)", r.Member, r.Value, huge, r.At)
			}
		}
	}
	return wrong
}
