package gateway

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// unknownEnums counts the native values that no mapping knows: each reads as unknown,
// with the native text beside it. One that moves says that a platform has something new.
//
// Caddy makes a new registry with each configuration; the collector stays, so that
// what it counted survives a reload.
var unknownEnums = prometheus.NewCounterVec(prometheus.CounterOpts{
	Namespace: "tributary",
	Name:      "unknown_enum_values_total",
	Help:      "Native enum values that the platform's mapping does not know.",
}, []string{"platform"})

// registerMetrics puts the collectors into the registry of the configuration.
func registerMetrics(registry *prometheus.Registry) error {
	for _, c := range []prometheus.Collector{unknownEnums, keptMetrics{}} {
		err := registry.Register(c)
		if _, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); err != nil && !ok {
			return err
		}
	}
	return nil
}

func countUnknownEnums(platform string, n int) {
	unknownEnums.WithLabelValues(platform).Add(float64(n))
}
