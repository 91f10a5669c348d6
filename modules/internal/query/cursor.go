package query

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// CursorLife is how long a cursor can be used.
const CursorLife = 24 * time.Hour

// cursor is what a client gets to ask for the next page: which walk it belongs to,
// and how far each platform has been read. It is authenticated, so it need not be
// checked again, and it says all that is needed to go on after a restart.
type cursor struct {
	Query   string  `json:"q"` // digest of the query that it belongs to
	Walk    string  `json:"w"` // names what the gateway may have kept
	Expires int64   `json:"e"` // Unix seconds
	Places  []place `json:"p,omitempty"`
	Skip    int     `json:"s,omitempty"` // of a report: rows before the page
}

var encoding = base64.RawURLEncoding

// seal makes the text of a cursor: a MAC and the JSON, in base64url.
func seal(secret []byte, c *cursor) string {
	body, err := json.Marshal(c)
	if err != nil {
		// a cursor holds texts and numbers only
		panic("query: encoding a cursor: " + err.Error())
	}
	return encoding.EncodeToString(append(mac(secret, body), body...))
}

func mac(secret, body []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write(body)
	return h.Sum(nil)[:16]
}

// open reads the text of a cursor, which has to belong to the query.
func open(secret []byte, text, query string, now time.Time) (*cursor, *problem.Problem) {
	raw, err := encoding.DecodeString(text)
	if strings.ContainsAny(text, "\r\n") { // which the decoder passes over
		return nil, invalidCursor("it was altered, or made by another gateway")
	}
	if err != nil || len(raw) < 17 || !hmac.Equal(raw[:16], mac(secret, raw[16:])) {
		return nil, invalidCursor("it was altered, or made by another gateway")
	}
	c := &cursor{}
	if err := json.Unmarshal(raw[16:], c); err != nil {
		return nil, invalidCursor("it was made by another version of the gateway")
	}
	if now.Unix() > c.Expires {
		return nil, invalidCursor("it has expired; cursors live for 24 hours")
	}
	if c.Query != query {
		return nil, invalidCursor("it belongs to another query; send it with the parameters of the page that it came from")
	}
	return c, nil
}

// reaches refuses a cursor whose walk reads platforms that are not asked: of a client that
// may use more of them, or from before one was taken away.
func (c *cursor) reaches(asked []*Platform) *problem.Problem {
	for i := range c.Places {
		if !slices.ContainsFunc(asked, func(p *Platform) bool { return p.Name == c.Places[i].Platform }) {
			return invalidCursor("its list has platforms that this client cannot ask; start the list again")
		}
	}
	return nil
}

func invalidCursor(why string) *problem.Problem {
	p := problem.New(problem.InvalidCursor, "The cursor cannot be used: %s.", why)
	p.Errors = []problem.FieldError{{Parameter: "cursor", Detail: why}}
	return p
}
