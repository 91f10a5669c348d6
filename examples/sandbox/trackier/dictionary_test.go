package trackier_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCategoriesAreCreatedAndDeleted(t *testing.T) {
	s := fresh()
	got := write(t, s, "POST", "/dictionary/categories", `{"name":"Test category"}`)["data"].(object)
	require.Equal(t, "Category saved successfully!!", got["message"])
	category := got["category"].(object)
	has(t, object{"name": "Test category", "org_id": s.Data().Account.ID}, category)
	require.Contains(t, data(t, s, "/dictionary/categories")["categories"], category)
	gone(t, s, "/dictionary/categories/"+category["_id"].(string))

	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/dictionary/categories", strings.NewReader("name=Entertainment"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded") // as the sample
	r.Header.Set("X-Api-Key", key)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	require.Equal(t, http.StatusOK, w.Code)
	list := s.Data().Categories
	require.Equal(t, "Entertainment", list[len(list)-1].Name)
}

func TestCustomFieldsAreAskedForOnCreation(t *testing.T) {
	s := fresh()
	got := write(t, s, "POST", "/dictionary/customField/affiliate", `{"fname":"FB Page URL","ftype":"text"}`)["data"].(object)
	require.Equal(t, object{"message": "Added New Custom Field for affiliates"}, got)
	write(t, s, "POST", "/dictionary/customField/advertiser", `{"fname":"adv custom field","frequired":false}`)
	field := row(t, any(data(t, s, "/dictionary/customField/affiliate")), "fields")
	has(t, object{"label": "FB Page URL", "type": "text", "name": "fb_page_url", "required": true}, field)
	require.Len(t, data(t, s, "/dictionary/customField/advertiser")["fields"], 1)

	without := `{"name":"x","email":"x@y.example","password":"z"}`
	status, answer := as(t, s, key, "POST", "/affiliate", without)
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, num("20"), code(answer))
	write(t, s, "POST", "/advertiser", without)
	write(t, s, "POST", "/affiliate", `{"name":"x","email":"x@y.example","password":"z","custom_fields":{"fb_page_url":"http://facebook.com/path"}}`)
	gone(t, s, "/dictionary/customField/affiliate/"+field["id"].(string))
}
