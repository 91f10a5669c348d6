package surface

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The operations of the contract that change something, with the status of success.
var writes = map[string]string{
	"create 201": `networks.create campaigns.create streams.create offers.create landing_pages.create traffic_sources.create groups.create
		conversions.create publishers.create referrals.create imports.create attribution_tokens.create`,
	"update 200": `networks.update campaigns.update streams.update offers.update landing_pages.update traffic_sources.update groups.update
		conversions.update publishers.update referrals.update labels.update`,
	"delete 204": `networks.archive campaigns.archive streams.archive offers.archive landing_pages.archive traffic_sources.archive
		groups.delete publishers.delete referrals.delete logs.clear`,
	"action 201": "networks.clone campaigns.clone offers.clone landing_pages.clone traffic_sources.clone",
	"action 200": "campaigns.restore campaigns.enable campaigns.disable streams.restore streams.enable streams.disable",
	"action 204": "campaigns.costs streams.copy streams.move",
}

func TestBundledSurfaceHasEveryWritingOperation(t *testing.T) {
	statuses := map[string]int{"200": 200, "201": 201, "204": 204}
	methods := map[Kind]string{KindCreate: "POST", KindUpdate: "PATCH", KindDelete: "DELETE", KindAction: "POST"}
	var all []string
	for as, ids := range writes {
		kind, status, _ := strings.Cut(as, " ")
		for id := range strings.FieldsSeq(ids) {
			all = append(all, id)
			op := bundled(t).Operation(id)
			if !assert.NotNil(t, op, id) {
				continue
			}
			assert.Equal(t, kind, op.Kind.String(), id)
			assert.Equal(t, statuses[status], op.Status, id)
			assert.Equal(t, methods[op.Kind], op.Method, id)
			want := "write"
			if id == "logs.clear" {
				want = "admin"
			}
			assert.Equal(t, want, op.Scope, id)
			assert.Equal(t, op.Method == "POST", op.IdempotencyKey, id)
			assert.Equal(t, op.Kind == KindCreate || op.Kind == KindUpdate || status == "204" && op.Kind == KindAction, op.Body != nil, id)
		}
	}
	for _, op := range bundled(t).Operations() {
		assert.Equal(t, slices.Contains(all, op.ID), op.Kind.Writes(), op.ID)
		assert.NotZero(t, op.Status, op.ID)
	}
}

// Where the path has no id, and the body holds no ids that name it, the platform can be named.
func TestWritesCanNameTheirPlatform(t *testing.T) {
	for _, op := range bundled(t).Operations() {
		if !op.Kind.Writes() || strings.Contains(op.Path, "{id}") || op.ID == "streams.copy" || op.ID == "streams.move" {
			continue
		}
		assert.NotNil(t, op.Parameter("platform"), op.ID)
		if op.Body != nil {
			assert.Equal(t, "platform", op.Body[0].Name, op.ID)
		}
	}
}

// What is written is read under the same name and type, save what is only ever written.
func TestBodiesHaveTheMembersOfTheirResource(t *testing.T) {
	only := []string{"publishers.create password", "publishers.update password", "campaigns.create url", "campaigns.update url"}
	for _, op := range bundled(t).Operations() {
		if op.Kind != KindCreate && op.Kind != KindUpdate || op.ID == "imports.create" {
			continue
		}
		every(op.Body, func(m *Member, _ []*Member) {
			if slices.Contains(only, op.ID+" "+m.Path) {
				return
			}
			read := op.Resource.Member(m.Path)
			if assert.NotNil(t, read, "%s: %s", op.ID, m.Path) {
				assert.Equal(t, read.Type, m.Type, "%s: %s", op.ID, m.Path)
				assert.Equal(t, read.Ref, m.Ref, "%s: %s", op.ID, m.Path)
				assert.Equal(t, read.Scope, m.Scope, "%s: %s", op.ID, m.Path)
				assert.Subset(t, read.Enum, m.Enum, "%s: %s", op.ID, m.Path)
			}
			assert.NotContains(t, m.Enum, "unknown", "%s: %s", op.ID, m.Path)
		})
	}
}
