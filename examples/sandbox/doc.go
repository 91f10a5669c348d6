// Package sandbox makes the sandbox platforms Caddy handlers, so that one binary
// can show the gateway without an account anywhere:
//
//	http://127.0.0.1:9101 {
//		sandbox_affjet {
//			key {$SANDBOX_AFFJET_KEY:sandbox-affjet-key}
//		}
//	}
//
// Every platform is a package of its own below this one, written from that
// platform's document alone; tests use those packages without Caddy. What a
// platform holds is made when its handler is provisioned and forgotten with it.
package sandbox
