package integration

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestNativeRedirectsLeadToTheGateway(t *testing.T) {
	tests := []struct {
		name, site, location, want string
	}{
		{"absolute", "platform_proxy /native/*", "{platform}/externalclient/merchant/?a=1#b", "/native/affjet/externalclient/merchant/?a=1#b"},
		{"without a path", "platform_proxy /native/*", "{platform}", "/native/affjet/"},
		{"a query alone", "platform_proxy /native/*", "{platform}?a=1", "/native/affjet/?a=1"},
		{"without a scheme", "platform_proxy /native/*", "//{host}/x", "/native/affjet/x"},
		{"from the root", "platform_proxy /native/*", "/x/y", "/native/affjet/x/y"},
		{"escapes stay", "platform_proxy /native/*", "/x%2Fy/%7E?q=%2f", "/native/affjet/x%2Fy/%7E?q=%2f"},
		{"relative", "platform_proxy /native/*", "../x?b=c", "../x?b=c"},
		{"empty", "platform_proxy /native/*", "?", "?"},
		{"the client gets its own key back", "platform_proxy /native/*", "{platform}/x?apikey=secret-of-affjet&b=1", "/native/affjet/x?apikey=test-key&b=1"},
		{"relative, with the key", "platform_proxy /native/*", "x?apikey=secret%2Dof%2Daffjet", "x?apikey=test-key"},
		{"the key under another name", "platform_proxy /native/*", "/x?b=1&token=secret-of-affjet", "/native/affjet/x?b=1"},
		{"the key in the path", "platform_proxy /native/*", "/x/secret-of-affjet/y", "/native/affjet/x/[redacted]/y"},
		{"elsewhere", "platform_proxy /native/*", "https://elsewhere.example/x?a=1#c", "https://elsewhere.example/x?a=1#c"},
		{"elsewhere, with the key", "platform_proxy /native/*", "https://elsewhere.example/x?apikey=secret-of-affjet&a=1", "https://elsewhere.example/x?a=1"},
		{"elsewhere, with the key as a user", "platform_proxy /native/*", "https://secret-of-affjet@elsewhere.example/", "https://[redacted]@elsewhere.example/"},
		{"another port is elsewhere", "platform_proxy /native/*", "http://127.0.0.1:1/x", "http://127.0.0.1:1/x"},
		{"no address", "platform_proxy /native/*", "mailto:a@b.example", "mailto:a@b.example"},
		{"not a URL", "platform_proxy /native/*", "http://[::1", "http://[::1"},
		{"a whole site", "platform_proxy * affjet", "{platform}/x?a", "/x?a"},
		{"a whole site, never another host", "platform_proxy * affjet", "{platform}//elsewhere.example/x", "/.//elsewhere.example/x"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var location string
			platform := newRawPlatform(t, "")
			location = strings.NewReplacer("{platform}", platform.url, "{host}", strings.TrimPrefix(platform.url, "http://")).Replace(test.location)
			platform.answer = "HTTP/1.1 302 Found\r\nLocation: " + location + "\r\nContent-Location: " + location + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
			g, _ := startSite(t, test.site, platformBlock("affjet", "", platform.url+"/externalclient", affjetCredential), nativeClient)
			path := "/native/affjet/externalclient/x"
			if strings.Contains(test.site, "* affjet") {
				path = "/externalclient/x"
			}
			answer := g.sendRaw("GET " + path + "?apikey=test-key HTTP/1.1\r\nHost: gateway.example\r\nConnection: close\r\n\r\n")
			for _, name := range []string{"Location", "Content-Location"} {
				if got, _ := header(answer, name); got != test.want {
					t.Errorf("%s is %q, want %q", name, got, test.want)
				}
			}
			if platform.count() != 1 {
				t.Errorf("the platform was asked %d times: a redirect was followed", platform.count())
			}
		})
	}
}

// A client that follows what it is told ends where the platform wanted it.
func TestNativeRedirectCanBeFollowed(t *testing.T) {
	var keys []string
	platform := newPlatformFunc(t, func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.URL.Query().Get("apikey"))
		if !strings.HasSuffix(r.URL.Path, "/") {
			http.Redirect(w, r, r.URL.Path+"/?"+r.URL.RawQuery, http.StatusMovedPermanently)
			return
		}
		_, _ = w.Write([]byte(r.URL.Path))
	})
	g, _ := startSite(t, "platform_proxy /native/*", platformBlock("affjet", "", platform+"/externalclient", affjetCredential), nativeClient)
	resp, err := http.Get(g.url + "/native/affjet/externalclient/transaction?apikey=test-key")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got := readAll(t, resp.Body); got != "/externalclient/transaction/" {
		t.Errorf("ended at %s", got)
	}
	if want := []string{"secret-of-affjet", "secret-of-affjet"}; !slices.Equal(keys, want) {
		t.Errorf("the platform saw the keys %v", keys)
	}
}
