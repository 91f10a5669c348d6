package unifiedapi

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tributary-gateway/tributary/modules/internal/idempotency"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func TestSettled(t *testing.T) {
	said := &problem.Native{Status: 400}
	tests := []struct {
		name      string
		code      problem.Code // empty: success
		uncertain bool
		native    *problem.Native
		want      bool
	}{
		{"made", "", false, nil, true},
		{"may have been made", problem.PlatformTimeout, true, nil, true},
		{"made, but the object could not be read for the platform's rate", problem.PlatformRateLimited, true, said, true},
		{"not connected", problem.PlatformUnavailable, false, nil, false},
		{"upgrading", problem.PlatformUnavailable, false, said, false},
		{"the platform's rate", problem.PlatformRateLimited, false, said, false},
		{"credential refused", problem.PlatformCredentialsRejected, false, said, false},
		{"the platform refused the body", problem.InvalidRequest, false, said, true},
		{"the gateway refused the body", problem.InvalidRequest, false, nil, false},
		{"duplicate", problem.Conflict, false, said, true},
		{"no such object", problem.NotFound, false, said, true},
		{"no such platform", problem.NotFound, false, nil, false},
		{"no platform can", problem.UnsupportedByPlatform, false, nil, false},
		{"not permitted", problem.Forbidden, false, nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var p *problem.Problem
			if test.code != "" {
				p = problem.New(test.code, "it failed")
				p.Uncertain, p.Native = test.uncertain, test.native
			}
			assert.Equal(t, test.want, settled(p))
		})
	}
}

func TestRefusedKey(t *testing.T) {
	tests := []struct {
		err   error
		code  problem.Code
		retry bool
	}{
		{idempotency.ErrRunning, problem.RequestInProgress, true},
		{idempotency.ErrReused, problem.IdempotencyKeyReused, false},
		{idempotency.ErrInterrupted, problem.RequestInterrupted, false},
		{idempotency.ErrFull, problem.RateLimited, true},
		{errors.New("disk"), problem.IdempotencyUnavailable, false},
	}
	for _, test := range tests {
		t.Run(string(test.code), func(t *testing.T) {
			p := refusedKey(fmt.Errorf("taking a key: %w", test.err))
			assert.Equal(t, test.code, p.Code)
			assert.Equal(t, test.retry, p.RetryAfter > 0)
			if test.code == problem.IdempotencyUnavailable {
				assert.ErrorContains(t, p.Cause, "disk")
				assert.NotContains(t, p.Detail, "disk")
			}
		})
	}
}
