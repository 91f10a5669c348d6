package reshape

import "testing"

// A plan that has read bodies without white space reads those with it, and the other way
// round: keys are remembered as they stood, and what follows a colon may differ.
func TestSpacingMayDifferFromBodyToBody(t *testing.T) {
	plan, err := Compile(Shape{Members: []Member{
		{Name: "id", Value: Integer{From: []Path{{"id"}}}},
		{Name: "parts", Value: List{From: []Path{{"parts"}}, Members: []Member{{Name: "name", Value: Text{From: []Path{{"name"}}}}}}},
	}}, Source{Rows: []Path{{"rows"}}})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"id":7,"parts":[{"name":"a"},{"name":"b"}]}`
	bodies := []string{
		`{"rows":[{"id":7,"parts":[{"name":"a"},{"name":"b"}]}]}`,
		`{"rows": [{"id": 7, "parts": [{"name": "a"}, {"name": "b"}]}]}`,
		"{\n\t\"rows\":\n\t[\n{\"id\"\t:\n7 , \"parts\" : [ { \"name\" :\r\n\"a\" } ,{\"name\":  \"b\"} ] } ] }",
	}
	for round := range 3 {
		for i, body := range bodies {
			var page Page
			if err := plan.Page(&page, []byte(body), nil); err != nil {
				t.Fatalf("round %d, body %d: %v", round, i, err)
			}
			if got := string(page.Row(0)); got != want {
				t.Fatalf("round %d, body %d: got %s, want %s", round, i, got, want)
			}
		}
	}
}
