package kit_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

func ExampleFaults() {
	platform := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		kit.Plain.Write(w, http.StatusOK, kit.Object{{Name: "amount", Value: kit.Cents(1230)}})
	})
	faults := kit.NewFaults(platform)
	faults.Set(kit.Fault{Times: 1, Truncate: 8})
	for range 2 {
		w := httptest.NewRecorder()
		faults.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		fmt.Println(w.Code, w.Body)
	}
	fmt.Println(faults.Counter().Total(), "requests")
	// Output:
	// 200 {"amount
	// 200 {"amount":12.30}
	// 2 requests
}
