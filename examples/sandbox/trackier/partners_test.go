package trackier_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPartnersAreCreatedEditedAndDeleted(t *testing.T) {
	tests := []struct {
		path, one, added, edited string
		id                       string
	}{
		{"/affiliate", "affiliate", "Publisher Added!!", "Affiliate Updated!!", "46"},
		{"/advertiser", "advertiser", "Advertiser Added!!", "Advertiser Updated!!", "11"},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			s := fresh()
			got := write(t, s, "POST", test.path, `{"name":"Awesome User","email":"test@gmail.com","password":"somethingCool!!","phone":"9998887776","country":"IN"}`)
			require.Equal(t, test.added, got["data"].(object)["message"])
			user := got["data"].(object)["user"].(object)
			has(t, object{
				"display_id": num(test.id), "username": "Awesome User", "name": "Awesome User", "email": "test@gmail.com", "phone": "9998887776",
				"country": "IN", "currency": "USD", "live": false, "status": "pending", "created": "2026-05-20", "modified": nil, "meta": []any{},
				"password": "deb750c4f124a9ab6581b4537bc2cd680a17cb70", // SHA-1 of it, as another sample shows
			}, user)
			require.Equal(t, user, data(t, s, test.path+"/"+test.id)[test.one])

			got = write(t, s, "POST", test.path+"/"+user["_id"].(string), `{"live":true,"username":"#awesome","currency":"inr","phone":null}`)
			require.Equal(t, test.edited, got["data"].(object)["message"])
			user["live"], user["status"], user["username"], user["currency"], user["phone"], user["modified"] = true, "active", "#awesome", "INR", nil, "2026-05-20"
			require.Equal(t, user, got["data"].(object)[test.one])
			got = write(t, s, "POST", test.path+"/"+test.id, `{"live":false}`)
			has(t, object{"live": false, "status": "disabled", "password": user["password"]}, got["data"].(object)[test.one].(object))

			n := len(read(t, s, test.path)["data"].(object)[test.one+"s"].([]any))
			require.Contains(t, write(t, s, "DELETE", test.path+"/"+test.id, "")["data"], "message")
			require.Len(t, read(t, s, test.path)["data"].(object)[test.one+"s"], n-1)
			status, _ := as(t, s, key, "GET", test.path+"/"+test.id, "")
			require.Equal(t, http.StatusNotFound, status)
			write(t, s, "POST", test.path, `{"name":"Again","email":"test@gmail.com","password":"x"}`)
		})
	}
}

func TestEarning(t *testing.T) {
	got := read(t, shared, "/affiliate/earning/31?start=2026-01-05&end=2026-01-06")
	require.NotContains(t, got, "success")
	d := got["data"].(object)
	require.Equal(t, num("31"), d["user"].(object)["display_id"])
	require.Len(t, d["stats"], 2)
	s := sum(func(_, affiliate int64, at time.Time) bool {
		return affiliate == 31 && in(at, "2026-01-05", "2026-01-06")
	})
	require.Equal(t, amount(s.payout), d["total"].(object)["payout"])
}

func TestReferralsAreCreatedEditedAndDeleted(t *testing.T) {
	s := fresh()
	long := s.Data().Affiliates[2].ID
	got := write(t, s, "POST", "/network/referral", `{"publisher_id":"`+long+`","recurring":true,"base":"profit","type":"percentage","rate":"30"}`)["data"].(object)
	require.Equal(t, "Referral Link Created!!", got["message"])
	require.Len(t, got["publishers"], 15)
	referral := got["referral"].(object)
	has(t, object{
		"user_id": long, "affiliate_id": num("33"), "referee_id": nil, "recurring": true, "type": "percentage", "base": "profit", "rate": num("30"),
		"live": true, "created": "2026-05-20 17:30:00", "modified": nil,
	}, referral)
	path := "/network/referral/" + referral["_id"].(string)
	require.Equal(t, referral, data(t, s, path)["referral"])

	got = write(t, s, "PATCH", path, `{"live": false}`)["data"].(object)
	require.Equal(t, "Referral link Updated!!", got["message"])
	referral["live"], referral["modified"] = false, "2026-05-20 17:30:00"
	require.Equal(t, referral, got["referral"])
	write(t, s, "DELETE", path, "")
	require.Len(t, data(t, s, "/network/referral")["referrals"], 6)
}

func TestDefaultsOfAReferral(t *testing.T) {
	got := write(t, fresh(), "POST", "/network/referral", `{"publisher_id":31}`)["data"].(object)["referral"].(object)
	has(t, object{"recurring": true, "base": "payout", "type": "percentage", "rate": num("0")}, got)
}

func TestEditTheNetwork(t *testing.T) {
	s := fresh()
	got := write(t, s, "PATCH", "/network/account", `{"name":"Changing Blah","email":"account@somedomain.com",
		"support":"http://somedomain.com/path/to/support/link","termsurl":"http://somedomain.com/path/to/terms-and-conditions","currency":"INR"}`)["data"].(object)
	network := got["network"].(object)
	has(t, object{"name": "Changing Blah", "region": object{"currency": "INR", "zone": "Asia/Kolkata"}, "created": "2016-10-09", "modified": "2026-05-20"}, network)
	require.Equal(t, object{
		"email": "account@somedomain.com", "support": "http://somedomain.com/path/to/support/link", "termsurl": "http://somedomain.com/path/to/terms-and-conditions",
	}, network["appearance"])
	require.Equal(t, []any{"INR", "USD", "PKR", "AUD", "EUR", "GBP"}, got["currencyCodes"])
	has(t, object{"name": "Changing Blah", "currency": "INR"}, got["account"].(object))
	require.Equal(t, got, data(t, s, "/network/account"))
}
