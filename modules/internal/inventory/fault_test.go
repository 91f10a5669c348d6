package inventory_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/modules/internal/inventory"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

func shop(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/shop/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// check holds an inventory against a mapping of the shop, either changed by a test.
func check(t *testing.T, mappingText, inventoryText string) error {
	t.Helper()
	m, p := compile(t, "mapping.yaml", []byte(mappingText))
	inv, err := inventory.Parse("inventory.yaml", []byte(inventoryText))
	if err != nil {
		t.Fatal(err)
	}
	return inventory.Check(inv, m, p)
}

func TestAnInventoryThatIsTrue(t *testing.T) {
	if err := check(t, shop(t, "mapping.yaml"), shop(t, "inventory.yaml")); err != nil {
		t.Errorf("\n%v", err)
	}
}

// Whatever is untrue in the inventory is found where it stands.
func TestWhatIsSaidAndNotSo(t *testing.T) {
	tests := []struct {
		name, old, text, want string
	}{
		{"operation that is not there", "by: [conversions.list, conversions.get]\n    parameters: &list", "by: [conversions.list, conversions.get, offers.list]\n    parameters: &list", "has no offers.list"},
		{"operation that calls something else", "  DELETE /v2/orders/{id}:\n    unreached: never", "  DELETE /v2/orders/{id}:\n    by: conversions.update", "conversions.update does not call DELETE /v2/orders/{id}; it calls PATCH /v2/orders/*"},
		{"report that is not there", "by: report daily", "by: report weekly", "has no report weekly"},
		{"parameter that is not sent", "      since: filter occurred_from", "      since: filter occurred_from\n      until: filter occurred_to", `sends no "until" as "filter occurred_to"`},
		{"parameter that is another filter", "since: filter occurred_from", "since: [filter occurred_from, filter updated_from]", `sends no "since" as "filter updated_from"; it is: filter occurred_from`},
		{"value of a filter", "state: {is: filter status, values: {open: pending,", "state: {is: filter status, values: {open: approved,", `state: the value "open" is pending, not approved`},
		{"value that is written", "state: {is: write status, values: {open: pending,", "state: {is: write status, values: {open: cancelled,", `state: the value "open" is pending, not cancelled`},
		{"interval", "{ever: all_time}", "{ever: today}", `the value "ever" is all_time, not today`},
		{"dimension of a grouping", "{day: date}", "{day: month}", `the value "day" is date, not month`},
		{"dimension that is not grouped by", "{day: date}", "{day: date, shop: merchant}", `the value "shop" is not known, not merchant`},
		{"member that is not written", "number: write external_id", "number: [write external_id, write locked]", `sends no "number" as "write locked"`},
		{"place of the rows", "&rows {rows: rows,", "&rows {rows: rows, data: rows,", `looks at no "data" as "rows"`},
		{"error member", "text: errors}", "text: errors, hint: errors}", `looks at no "hint" as "errors"`},
		{"credential", "{X-Key: auth}", "{X-Key: auth, key: auth}", `sends no "key" as "auth"`},
		{"object that is not described", "answer: {order: row}\n    object: order\n  POST /v2/orders", "answer: {order: row}\n    object: item\n  POST /v2/orders", "`objects` has no \"item\""},
		{"object that is read as another", "answer: {rows: rows}\n    object: total", "answer: {rows: rows}\n    object: [total, order]", `nothing that calls POST /v2/report reads its rows as "order"`},
		{"resource that is not there", "resource: conversion", "resource: sale", `no resource "sale"`},
		{"field that is not read", "      hash: secret", "      hash: secret\n      color: country", `does not read "color" as "country"`},
		{"part of what is no time", "number: external_id\n      at", "number.date: external_id\n      number: external_id\n      at", `does not read "number.date" as "external_id"`},
		{"field that is another member", "number: external_id\n      at", "number: [external_id, click_id]\n      at", `does not read "number" as "click_id"; it is: external_id`},
		{"value of a field", "state: {is: status, values: {open: pending, ok: approved", "state: {is: status, values: {open: pending, ok: rejected", `state: the value "ok" is approved, not rejected`},
		{"value that an expression reads", "{s: sale, l: lead}", "{s: lead, l: lead}", `kind: the value "s" is sale, not lead`},
		{"value that passes as it is", "number: external_id\n      at", "number: {is: external_id, values: {none: nothing}}\n      at", `the value "none" is as_is, not nothing`},
		{"words for some of the uses", "total: amount\n      currency", "total: {is: amount, values: {a: [as_is, as_is]}}\n      currency", `"a" wants one word, or one for each of the 1 uses of total`},
		{"metric", "orders: metric conversions", "orders: [metric conversions, metric clicks]", `does not read "orders" as "metric clicks"`},
		{"operator", "NOT: ne", "NOT: [ne, gt]", `no report's filter sends the operator "NOT" for "gt"`},
		{"error that is another problem", "problem: conflict}", "problem: not_found}", "7: where a list is asked for it becomes conflict, not not_found"},
		{"error that is none", "problem: none", "problem: conflict", "0: where a list is asked for it becomes none, not conflict"},
		{"status of a single object", "object: not_found", "object: conflict", "where a single object is asked for it becomes not_found, not conflict"},
		{"page size", "value: 50", "value: 60", "conversions.list keeps to 50, not 60"},
		{"longest range", "value: 7", "value: 30", "report daily keeps to 7, not 30"},
		{"rate", "limits:", "limits:\n  rate: {is: requests, value: 5}", "rate: the mapping keeps to 0, not 5"},
		{"rate of an endpoint", "of: conversions.update, value: 5", "of: conversions.update, value: 6", "changes: conversions.update keeps to 5, not 6"},
		{"rate of another endpoint", "of: conversions.update, value: 5", "of: conversions.list, value: 5", "changes: conversions.list keeps to 0, not 5"},
		{"reason that nothing has", "reasons:", "reasons:\n  other: text", `nothing is unreached for the reason "other"`},
		{"inventory of another mapping", "platform: shop", "platform: store", `is the inventory of "store", beside the mapping "shop"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := shop(t, "inventory.yaml")
			if strings.Count(text, test.old) != 1 {
				t.Fatalf("%q is there %d times", test.old, strings.Count(text, test.old))
			}
			faultIn(t, "inventory.yaml", check(t, shop(t, "mapping.yaml"), strings.Replace(text, test.old, test.text, 1)), test.want)
		})
	}
}

// Whatever the mapping does and the inventory does not list is found in the mapping.
func TestWhatIsSoAndNotSaid(t *testing.T) {
	tests := []struct {
		name, old, text, want string
	}{
		{"call", "  conversions.get:", "  offers.list: {resource: conversion, call: GET /offers, rows: rows}\n  conversions.get:", "no endpoint of inventory.yaml is called by offers.list: GET /v2/offers is missing"},
		{"constant", `query: {version: "2"}`, `query: {version: "2", lang: en}`, `sends "lang" of GET /v2/orders as "constant"`},
		{"filter", "      status: query.state", "      status: query.state\n      country: query.land", `sends "land" of GET /v2/orders as "filter country"`},
		{"order", "to: query.order", "to: query.sort", `sends "sort" of GET /v2/orders as "sort"`},
		{"written member", "write: [external_id, status, amount, items]", "write: [external_id, status, amount, items, occurred_at]", `sends "at" of PATCH /v2/orders/:id as "write occurred_at"`},
		{"place of the rows", "    rows: rows\n    total", "    rows: [rows, data]\n    total", `looks at "data" of GET /v2/orders as "rows"`},
		{"count", "read: found", "read: number", `looks at "number" of GET /v2/orders as "count"`},
		{"field", "    external_id: number", "    external_id: [number, ref]", `reads "ref" as "external_id"`},
		{"currency", "{value: total, currency: currency}", "{value: total, currency: unit}", `reads "unit" as "amount"`},
		{"member of a list", "{id: id, name: title}", "{id: id, name: title, amount: {money: price}}", `reads "lines.price" as "items.amount"`},
		{"secret", "secrets: hash", "secrets: [hash, salt]", `reads "salt" as "secret"`},
		{"member of an expression", `row.kind == "s"`, `row.sort == "s"`, `reads "sort" as "type"`},
		{"enum value", "void: rejected}}\n    type", "void: rejected, gone: cancelled}}\n    type", `knows the value "gone" of "state"`},
		{"rate of an endpoint", "rows: rows\n    total", "rows: rows\n    limits: {requests: 9}\n    total", "conversions.list keeps to requests of 9, which `limits` of inventory.yaml does not list"},
		{"error member", "message: body.text", "message: body.text ?? body.detail", `looks at "detail" of every endpoint as "errors"`},
		{"credential", `auth: [{header: X-Key, value: "{credentials.key}"}]`, `auth: [{header: X-Key, value: "{credentials.key}"}, {query: k, value: "{credentials.key}"}]`, `sends "k" of every endpoint as "auth"`},
		{"column", "metrics: {conversions: {from: orders, adds: true}}", "metrics: {conversions: {from: orders, adds: true}, clicks: {from: visits, adds: true}}", `reads "visits" as "metric clicks"`},
		{"interval", "all_time: {body: {range: {word: ever}}}", "all_time: {body: {range: {word: ever}}}, current_period: {body: {range: {word: now}}}", `knows the value "now" of "range.word"`},
		{"operator", "{eq: IS, ne: NOT}", "{eq: IS, ne: NOT, gt: OVER}", `sends the operator "OVER" for "gt"`},
		{"page size", "max: 50}", "max: 40}", "conversions.list keeps to page_size of 40"},
		{"longest range", "max: 7d", "max: 8d", "report daily keeps to range_days of 8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := shop(t, "mapping.yaml")
			if strings.Count(text, test.old) != 1 {
				t.Fatalf("%q is there %d times", test.old, strings.Count(text, test.old))
			}
			faultIn(t, "mapping.yaml", check(t, strings.Replace(text, test.old, test.text, 1), shop(t, "inventory.yaml")), test.want)
		})
	}
}

// faultIn wants a fault of a file, with a place, that says something.
func faultIn(t *testing.T, file string, err error, want string) {
	t.Helper()
	var faults mapping.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v, want faults", err)
	}
	for _, f := range faults {
		if f.File == file && f.Line > 0 && f.Column > 0 && strings.Contains(f.Message, want) {
			return
		}
	}
	t.Errorf("got\n%v\nwant a fault of %s that says: %s", err, file, want)
}

func TestFaultsOfTheFile(t *testing.T) {
	const head = "inventory: v1\nplatform: shop\ndocument: d\n"
	tests := []struct{ name, text, want string }{
		{"not YAML", "a: [", "inventory.yaml:1:"},
		{"two documents", head + "---\na: 1\n", "one YAML document"},
		{"misspelt key", head + "endpoint: {}\n", `inventory.yaml:4:1: unknown key "endpoint"; did you mean "endpoints"?`},
		{"missing key", "inventory: v1\nplatform: shop\n", `the key "document" is missing`},
		{"endpoint with neither", head + "endpoints:\n  GET /a: {answer: {a: rows}}\n", "inventory.yaml:5:3: wants either `by`"},
		{"endpoint with both", head + "reasons: {r: x}\nendpoints:\n  GET /a: {by: a.list, unreached: r}\n", "wants either `by`"},
		{"unknown reason", head + "reasons: {never: x}\nendpoints:\n  GET /a: {unreached: newer}\n", "`reasons` has no \"newer\"; did you mean \"never\"?"},
		{"item with neither", head + "operators:\n  IS: {values: {a: b}}\n", `wants either what "IS" is`},
		{"object of nothing", head + "objects:\n  a: {fields: {}}\n", "wants either `resource` or `report`"},
		{"unknown problem", head + "errors:\n  a: {problem: not_fund}\n", `no problem code "not_fund"; did you mean "not_found"?`},
		{"body that is not JSON", head + "errors:\n  a: {body: 'x', problem: none}\n", "wants JSON as text"},
		{"same thing twice", head + "operators:\n  IS: eq\n  IS: ne\n", "IS"},
		{"merging itself", head + "common: &a {<<: *a}\n", "merges what it is part of"},
		{"alias of nothing", head + "operators: *none\n", `no anchor named "none"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := inventory.Parse("inventory.yaml", []byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
