package reshape_test

import (
	"fmt"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
)

func Example() {
	instant, err := codec.NewDatetime(time.UTC, "20060102150405")
	if err != nil {
		panic(err)
	}
	plan, err := reshape.Compile(
		reshape.Shape{Members: []reshape.Member{
			{Name: "id", Value: reshape.ID{Prefix: "tracker:", From: []reshape.Path{{"uniqueId"}}}},
			{Name: "occurred_at", Value: reshape.Coded{From: []reshape.Path{{"date"}}, Codec: instant}},
			{Name: "amount", Value: reshape.Money{Amount: []reshape.Path{{"amount"}}, DefaultCurrency: "EUR"}},
			{Name: "merchant_id", Value: reshape.ID{Prefix: "tracker:", From: []reshape.Path{{"merchant", "id"}}}},
		}},
		reshape.Source{Rows: []reshape.Path{{"dataList"}}, Capture: []reshape.Path{{"dataCount"}}},
	)
	if err != nil {
		panic(err)
	}
	occurred, _ := plan.Tap("occurred_at")

	var page reshape.Page
	body := `{"dataList":[{"uniqueId":10042,"date":"20260115103000","amount":12.30,"merchant":{"id":"7"}}],"dataCount":1}`
	if err := plan.Page(&page, []byte(body), &reshape.Options{Taps: []int{occurred}}); err != nil {
		panic(err)
	}
	for i := range page.Len() {
		fmt.Printf("%s\n%s\n", page.Row(i), page.Tap(i, 0))
	}
	fmt.Printf("%s\n", page.Captured[0])
	// Output:
	// {"id":"tracker:10042","occurred_at":"2026-01-15T10:30:00Z","amount":{"value":"12.30","currency":"EUR"},"merchant_id":"tracker:7"}
	// "2026-01-15T10:30:00Z"
	// 1
}
