package trackier

import (
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// body reads the members of a JSON object, and remembers the first that is
// wrong. Numbers may come as text and the other way round: the samples write
// "advertiser_id": "3" and "rate": "30".
type body struct {
	members map[string]any
	prefix  string
	wrong   *string // shared with the objects inside
}

// readBody reads the body of a request. Anything but a JSON object is answered
// with code 30.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) (body, bool) {
	b := body{wrong: new(string)}
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	dec.UseNumber()
	if err := dec.Decode(&b.members); err != nil || b.members == nil || trailing(dec) {
		fail(w, s.status(http.StatusBadRequest), 30, "Bad Request")
		return body{}, false
	}
	return b, true
}

func trailing(dec *json.Decoder) bool {
	_, err := dec.Token()
	return err != io.EOF
}

// refused answers a body with a wrong member.
func (s *Server) refused(w http.ResponseWriter, b body) bool {
	if *b.wrong == "" {
		return false
	}
	s.refuse(w, *b.wrong)
	return true
}

func (b body) refuse(name string) {
	if *b.wrong == "" {
		*b.wrong = b.prefix + name
	}
}

func (b body) has(name string) bool {
	_, ok := b.members[name]
	return ok
}

// require refuses a body without one of the members, or with nothing in it.
func (b body) require(names ...string) {
	for _, name := range names {
		if v := b.members[name]; v == nil || v == "" {
			b.refuse(name)
		}
	}
}

// plainText is a member's text; false if it is neither text nor a number.
func plainText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case nil:
		return "", true
	}
	return "", false
}

// text reads text into *to if the member is there; null is empty.
func (b body) text(name string, to *string) {
	if !b.has(name) {
		return
	}
	v, ok := plainText(b.members[name])
	if !ok {
		b.refuse(name)
		return
	}
	*to = v
}

// choice reads one of the allowed words, whatever its case.
func (b body) choice(name string, to *string, allowed ...string) {
	if !b.has(name) {
		return
	}
	word, _ := plainText(b.members[name])
	i := slices.IndexFunc(allowed, func(a string) bool { return strings.EqualFold(a, word) })
	if i < 0 {
		b.refuse(name)
		return
	}
	*to = allowed[i]
}

// flag reads a boolean, also as 0 and 1.
func (b body) flag(name string, to *bool) {
	switch v := b.members[name]; v {
	case true, json.Number("1"), "1", "true":
		*to = true
	case false, json.Number("0"), "0", "false":
		*to = false
	default:
		if b.has(name) {
			b.refuse(name)
		}
	}
}

// whole reads a number from 0; null is none.
func (b body) whole(name string, to **int64) {
	v, ok := plainText(b.members[name])
	switch {
	case !b.has(name):
		return
	case ok && v == "":
		*to = nil
		return
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if !ok || err != nil || n < 0 {
		b.refuse(name)
		return
	}
	*to = &n
}

// money reads an amount of at most four decimals.
func (b body) money(name string, to *Money) {
	if !b.has(name) {
		return
	}
	v, ok := plainText(b.members[name])
	if m, right := parseMoney(v); ok && right {
		*to = m
		return
	}
	b.refuse(name)
}

// parseMoney reads a plain decimal number that is not negative.
func parseMoney(text string) (Money, bool) {
	if len(text) > 20 || text == "" || strings.Trim(text, "0123456789.") != "" {
		return 0, false
	}
	amount, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, false
	}
	amount.Mul(amount, big.NewRat(10_000, 1))
	if !amount.IsInt() || !amount.Num().IsInt64() {
		return 0, false
	}
	return Money(amount.Num().Int64()), true
}

// list reads an array of text or numbers; null is empty.
func (b body) list(name string, to *[]string) {
	if !b.has(name) {
		return
	}
	values, ok := b.members[name].([]any)
	if !ok && b.members[name] != nil {
		b.refuse(name)
		return
	}
	list := []string{}
	for _, v := range values {
		word, ok := plainText(v)
		if !ok || word == "" {
			b.refuse(name)
			return
		}
		list = append(list, word)
	}
	*to = list
}

// coverage reads the countries a rate is for; ["ALL"] is no list.
func (b body) coverage(to *[]string) {
	b.list("coverage", to)
	*to = slices.DeleteFunc(slices.Clone(*to), func(c string) bool { return c == "ALL" })
}

// object reads an object inside.
func (b body) object(name string) body {
	members, ok := b.members[name].(map[string]any)
	if !ok {
		b.refuse(name)
	}
	return body{members, b.prefix + name + ".", b.wrong}
}

// objects reads an array of objects.
func (b body) objects(name string) []body {
	values, ok := b.members[name].([]any)
	if !ok && b.members[name] != nil {
		b.refuse(name)
	}
	list := []body{}
	for i, v := range values {
		members, ok := v.(map[string]any)
		if !ok {
			b.refuse(name)
			break
		}
		list = append(list, body{members, b.prefix + name + "." + strconv.Itoa(i) + ".", b.wrong})
	}
	return list
}

// ref reads the id of an object in either form. What does not exist is refused.
func (b body) ref(name string, known map[string]int64, to *int64) {
	if !b.has(name) {
		return
	}
	text, ok := plainText(b.members[name])
	id, exists := known[text]
	if !ok || !exists {
		b.refuse(name)
		return
	}
	*to = id
}

// refs reads the ids of objects in either form.
func (b body) refs(name string, known map[string]int64, to *[]int64) {
	var texts []string
	b.list(name, &texts)
	if !b.has(name) {
		return
	}
	ids := []int64{}
	for _, text := range texts {
		id, exists := known[text]
		if !exists {
			b.refuse(name)
			return
		}
		ids = append(ids, id)
	}
	*to = ids
}
