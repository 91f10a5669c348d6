package problem

import "net/http"

// Code names a kind of problem. The codes are part of the REST contract: they
// may be added to, never renamed.
type Code string

// The codes of the contract.
const (
	InvalidRequest              Code = "invalid_request"
	InvalidCursor               Code = "invalid_cursor"
	Unauthenticated             Code = "unauthenticated"
	Forbidden                   Code = "forbidden"
	IPNotAllowed                Code = "ip_not_allowed"
	NotFound                    Code = "not_found"
	MethodNotAllowed            Code = "method_not_allowed"
	Conflict                    Code = "conflict"
	RequestInProgress           Code = "request_in_progress"
	RequestInterrupted          Code = "request_interrupted"
	PayloadTooLarge             Code = "payload_too_large"
	UnsupportedMediaType        Code = "unsupported_media_type"
	IdempotencyKeyReused        Code = "idempotency_key_reused"
	IdempotencyUnavailable      Code = "idempotency_unavailable"
	ScanLimitExceeded           Code = "scan_limit_exceeded"
	UnsupportedByPlatform       Code = "unsupported_by_platform"
	RateLimited                 Code = "rate_limited"
	NotCached                   Code = "not_cached"
	PlatformRateLimited         Code = "platform_rate_limited"
	PlatformCredentialsRejected Code = "platform_credentials_rejected"
	PlatformIPNotAllowed        Code = "platform_ip_not_allowed"
	PlatformAccountLocked       Code = "platform_account_locked"
	PlatformForbidden           Code = "platform_forbidden"
	PlatformError               Code = "platform_error"
	PlatformInvalidResponse     Code = "platform_invalid_response"
	PlatformUnavailable         Code = "platform_unavailable"
	PlatformTimeout             Code = "platform_timeout"
	Internal                    Code = "internal"
)

// Kind describes a code: its HTTP status, its title, and what a reader of the
// page /v1/problems/<code> can do about it.
type Kind struct {
	Code   Code
	Status int
	Title  string
	// Advice is the text of the code's page: when it happens and what helps.
	Advice string
	// Retryable tells whether the same request may succeed later, unchanged.
	Retryable bool
}

var kinds = []Kind{
	{InvalidRequest, http.StatusBadRequest, "The request is not valid", "A parameter, a member of the body, or the body itself was refused by the gateway or by the platform. The member errors names each one. Correct them and send the request again; sending it unchanged gives the same answer.", false},
	{InvalidCursor, http.StatusBadRequest, "The cursor is not valid", "The cursor was altered, is older than 24 hours, or belongs to another query. Start the list again without a cursor, and pass each next_cursor back unchanged with the same parameters.", false},
	{Unauthenticated, http.StatusUnauthorized, "A client key is needed", "Send the client key of this gateway as \"Authorization: Bearer <key>\" or \"X-Api-Key: <key>\". Keys of the platforms are not accepted here. Ask the operator of the gateway for a key.", false},
	{Forbidden, http.StatusForbidden, "The client may not do this", "The key is known, but its scopes or its platforms do not reach what was asked for. Ask the operator of the gateway to widen them.", false},
	{IPNotAllowed, http.StatusForbidden, "The client's address is not allowed", "The key is known, but may only be used from the addresses that its allowlist names. Ask the operator of the gateway to add yours.", false},
	{NotFound, http.StatusNotFound, "Not found", "There is no such route, platform or object. Identifiers are <platform>:<native id>, percent-encoded in a path; GET /v1/platforms lists the platforms.", false},
	{MethodNotAllowed, http.StatusMethodNotAllowed, "The method is not allowed here", "The route exists, but not with this method. The Allow field lists the methods it has.", false},
	{Conflict, http.StatusConflict, "The request conflicts with what is there", "The platform already has an object with one of these values, or the object's state does not permit the change. Or the change was made by an earlier request with the same Idempotency-Key, whose answer was too large to be kept.", false},
	{RequestInProgress, http.StatusConflict, "A request with this Idempotency-Key is still running", "Wait for the first request to end, then repeat this one to get its answer.", true},
	{RequestInterrupted, http.StatusConflict, "The first request with this Idempotency-Key was cut off", "The gateway stopped while it made the change, so nobody knows whether it was made. Look whether it was; if not, make it with a new key.", false},
	{PayloadTooLarge, http.StatusRequestEntityTooLarge, "The request body is too large", "Send a smaller body.", false},
	{UnsupportedMediaType, http.StatusUnsupportedMediaType, "The media type is not supported", "Send the body as application/json in UTF-8.", false},
	{IdempotencyKeyReused, http.StatusUnprocessableEntity, "The Idempotency-Key belongs to another request", "The key was used within 24 hours with another body. Use a new key for a new request.", false},
	{IdempotencyUnavailable, http.StatusServiceUnavailable, "Idempotency-Keys cannot be kept now", "The gateway cannot use the file of keys in its data directory; its log says why. Nothing was sent to the platform. Send the request again later, or, where making the change twice does no harm, without a key.", true},
	{ScanLimitExceeded, http.StatusUnprocessableEntity, "The request would read too many native rows", "A filter or an order that the platform cannot apply is applied by the gateway, which has to read the platform's rows for it, up to a limit. Narrow the request: a shorter time range helps most.", false},
	{UnsupportedByPlatform, http.StatusUnprocessableEntity, "The platform cannot do this", "The operation exists, but not on the platforms that were asked. The member platforms names those that have it.", false},
	{RateLimited, http.StatusTooManyRequests, "Too many requests", "The client's rate is used up. Wait as long as Retry-After says; RateLimit and RateLimit-Policy tell what is left.", true},
	{NotCached, http.StatusGatewayTimeout, "The answer is not kept", "The request had Cache-Control: only-if-cached, and the gateway does not have all of the answer, or only one that is older than max-age allows. Send the request without only-if-cached; the platforms are asked then.", true},
	{PlatformRateLimited, http.StatusServiceUnavailable, "The platform's rate limit is reached", "The platform, or the rate that the operator set for it, allows no further call now. Wait as long as Retry-After says.", true},
	{PlatformCredentialsRejected, http.StatusBadGateway, "The platform refused the gateway's credential", "The credential in the gateway's configuration is wrong, expired or revoked at the platform. The operator of the gateway has to replace it; the caller's own key is fine.", false},
	{PlatformIPNotAllowed, http.StatusBadGateway, "The platform does not allow the gateway's address", "The platform answers only to the addresses on its allowlist. The operator has to add the gateway's egress address there.", false},
	{PlatformAccountLocked, http.StatusBadGateway, "The account at the platform is locked", "The operator has to ask the platform to unlock the account.", false},
	{PlatformForbidden, http.StatusBadGateway, "The gateway's credential lacks a permission", "The platform accepted the credential but not for this. The operator has to give it the permission, or upgrade the platform's edition.", false},
	{PlatformError, http.StatusBadGateway, "The platform answered with an error", "The platform reported a fault of its own, or does not know the call. Try again later; if it persists the operator should check the platform's server setting.", true},
	{PlatformInvalidResponse, http.StatusBadGateway, "The platform's answer cannot be used", "The answer was not JSON, was cut off, had an unexpected shape, or went over a size or depth limit.", true},
	{PlatformUnavailable, http.StatusServiceUnavailable, "The platform cannot be reached", "The connection failed, the platform is being upgraded, or it failed so often that the gateway is giving it a pause.", true},
	{PlatformTimeout, http.StatusGatewayTimeout, "The platform took too long", "No complete answer arrived within the time set for the platform. Try again, or ask for less at once.", true},
	{Internal, http.StatusInternalServerError, "The gateway failed", "A fault of the gateway. Quote the member instance when reporting it; the details are in the gateway's log.", true},
}

var byCode = func() map[Code]*Kind {
	m := make(map[Code]*Kind, len(kinds))
	for i := range kinds {
		m[kinds[i].Code] = &kinds[i]
	}
	return m
}()

// Kinds lists all codes in the order of the contract's table.
func Kinds() []Kind { return append([]Kind(nil), kinds...) }

// Lookup returns the kind of a code, and false for a code that is not in the contract.
func Lookup(c Code) (Kind, bool) {
	k, ok := byCode[c]
	if !ok {
		return Kind{}, false
	}
	return *k, true
}
