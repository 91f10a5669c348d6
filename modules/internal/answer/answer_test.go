package answer_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func TestAppendStatuses(t *testing.T) {
	moment := time.Date(2026, 11, 20, 9, 30, 0, 999_999_999, time.FixedZone("", 90*60))
	failed := problem.New(problem.PlatformTimeout, "No answer within 10 s.")
	failed.Platform = "b"
	for _, c := range []struct {
		name     string
		statuses []answer.Status
		want     string
	}{
		{"none", nil, `[]`},
		{"a list's part, in UTC and whole seconds", []answer.Status{{
			Platform: "a", Status: answer.OK, Rows: 100, Cache: answer.Miss, AsOf: moment, NativeRequests: 1, Elapsed: 12180 * time.Microsecond,
		}}, `[{"platform":"a","status":"ok","rows":100,"cache":"miss","as_of":"2026-11-20T08:00:00Z","native_requests":1,"elapsed_ms":12.1}]`},
		{"a report's part, with a name that needs escapes", []answer.Status{{
			Platform: "a", Status: answer.Partial, Rows: 2, Cache: answer.Hit, AsOf: moment, Timezone: "Europe/Berlin", NativeRequests: 3,
			Elapsed: 2 * time.Second, Unsupported: []string{"clicks", `a."x"`},
		}}, `[{"platform":"a","status":"partial","rows":2,"cache":"hit","as_of":"2026-11-20T08:00:00Z","timezone":"Europe/Berlin","native_requests":3,"elapsed_ms":2000,` +
			`"unsupported":["clicks","a.\"x\""]}]`},
		{"what is not known is not there", []answer.Status{
			{Platform: "a", Status: answer.OK},
			{Platform: "b", Status: answer.Failed, Problem: failed},
		}, `[{"platform":"a","status":"ok","rows":0,"native_requests":0,"elapsed_ms":0},` +
			`{"platform":"b","status":"failed","rows":0,"native_requests":0,"elapsed_ms":0,"problem":` + string(failed.JSON("https://gateway.example/v1")) + `}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, string(answer.AppendStatuses(nil, c.statuses, "https://gateway.example/v1")))
		})
	}
}

func TestAppendPage(t *testing.T) {
	assert.Equal(t, `"page":{"next_cursor":"abc","total":2500}`, string(answer.AppendPage([]byte(`"page":`), "abc", 2500)))
	assert.Equal(t, `{"next_cursor":null,"total":0}`, string(answer.AppendPage(nil, "", 0)))
	assert.Equal(t, `{"next_cursor":null,"total":null}`, string(answer.AppendPage(nil, "", -1)))
	assert.Equal(t, `{"next_cursor":"x\"y","total":1}`, string(answer.AppendPage(nil, `x"y`, 1)))
}
