package mapping

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
)

// tokenPlaceholder is what places of the auth hold where the session's token goes.
const tokenPlaceholder = "token"

// parseToken reads how the token is got that places of the auth hold as {token}.
func parseToken(m *Mapping, o *object) {
	n, ok := o.get("token")
	if !ok {
		return
	}
	only := n.object()
	defer only.done()
	m.Session = &exchange.SessionSpec{}
	if v, ok := only.get("oauth2"); ok {
		m.Session.OAuth2 = parseOAuth2(m, v)
	}
	if v, ok := only.get("login"); ok {
		m.Session.Login = parseLogin(m, v)
	}
	if (m.Session.OAuth2 == nil) == (m.Session.Login == nil) {
		n.faultf("wants either oauth2 or login")
	}
	if !slices.ContainsFunc(m.Auth, func(p Place) bool {
		return slices.Contains(append(placeholders(p.Value), placeholders(p.Name)...), tokenPlaceholder)
	}) {
		n.faultf("no place of `auth` holds {token}")
	}
}

func parseOAuth2(m *Mapping, n node) *exchange.OAuth2Spec {
	o := n.object()
	defer o.done()
	s := &exchange.OAuth2Spec{
		ClientID: m.secret(o, "client_id"), ClientSecret: m.secret(o, "client_secret"),
		Scopes: o.texts("scopes"), Refresh: m.secret(o, "refresh"),
		InBody: o.oneOf("client", "header", "body") == "body",
	}
	if v, ok := o.require("token_url"); ok {
		s.TokenURL = v.text()
		if u, err := url.Parse(s.TokenURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			v.faultf("wants an http or https URL")
		}
	}
	return s
}

// secret reads a template of credentials.
func (m *Mapping) secret(o *object, key string) string {
	n, ok := o.get(key)
	if !ok {
		return ""
	}
	s := n.text()
	m.checkSecrets(n, s)
	return s
}

func (m *Mapping) checkSecrets(n node, text string) {
	for _, name := range placeholders(text) {
		if c, found := strings.CutPrefix(name, "credentials."); !found || !m.hasCredential(c) {
			n.faultf("{%s} names no credential of this mapping", name)
		}
	}
}

func parseLogin(m *Mapping, n node) *exchange.LoginSpec {
	o := n.object()
	defer o.done()
	s := &exchange.LoginSpec{Expires: o.text("expires"), Form: o.boolean("form")}
	if v, ok := o.require("call"); ok {
		if s.Method, s.Path = v.call(); strings.Contains(s.Method+s.Path, "{") {
			v.faultf("the call of a login has no placeholders")
		}
	}
	if v, ok := o.require("token"); ok {
		s.Token = v.text()
	}
	if v, ok := o.get("body"); ok {
		if !v.isMapping() {
			v.faultf("wants a mapping (key: value), not %s", kindOf(v.value()))
			return s
		}
		b, err := json.Marshal(v.plain())
		if err != nil {
			v.faultf("cannot be written as JSON: %v", err)
		}
		s.Body = string(b)
		m.checkSecrets(v, s.Body)
	}
	return s
}
