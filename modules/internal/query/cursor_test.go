package query

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

var (
	secret = []byte("0123456789abcdef0123456789abcdef")
	moment = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
)

func sampleCursor() *cursor {
	total := 2500
	return &cursor{
		Query: "q1", Walk: "w", Expires: moment.Add(CursorLife).Unix(),
		Places: []place{{Platform: "a", Run: 100, Skip: 2, Total: &total, Page: &pageAt{Index: 3, First: 90}}, {Platform: "b", Done: true}, {Platform: "c", Problem: problem.PlatformTimeout}},
	}
}

func TestCursorRoundTrip(t *testing.T) {
	got, p := open(secret, seal(secret, sampleCursor()), "q1", moment)
	if p != nil {
		t.Fatal(p)
	}
	if d := cmp.Diff(sampleCursor(), got); d != "" {
		t.Error(d)
	}
}

func TestCursorIsRefused(t *testing.T) {
	text := seal(secret, sampleCursor())
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		altered := append([]byte(nil), raw...)
		altered[i] ^= 1
		if _, p := open(secret, base64.RawURLEncoding.EncodeToString(altered), "q1", moment); p == nil || p.Code != problem.InvalidCursor {
			t.Fatalf("with byte %d altered it was accepted", i)
		}
	}
	for name, c := range map[string]struct {
		secret []byte
		text   string
		query  string
		now    time.Time
	}{
		"another gateway's secret": {[]byte(strings.Repeat("x", 32)), text, "q1", moment},
		"another query":            {secret, text, "q2", moment},
		"after its life":           {secret, text, "q1", moment.Add(CursorLife + time.Second)},
		"cut off":                  {secret, text[:20], "q1", moment},
		"not base64":               {secret, "%%%", "q1", moment},
		"with a line break":        {secret, text + "\n", "q1", moment},
	} {
		if _, p := open(c.secret, c.text, c.query, c.now); p == nil || p.Code != problem.InvalidCursor {
			t.Errorf("%s: got %v", name, p)
		}
	}
}

func FuzzOpenCursor(f *testing.F) {
	f.Add(seal(secret, sampleCursor()))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		c, p := open(secret, text, "q1", moment)
		if (c == nil) == (p == nil) {
			t.Errorf("got both or neither of a cursor and a problem")
		}
	})
}
