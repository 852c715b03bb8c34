package retrieval

import "github.com/prometheus/client_golang/prometheus"

// metrics are what a library tells about itself.
type metrics struct {
	searches *prometheus.HistogramVec
	late     prometheus.Counter
	applied  prometheus.Counter
	rebuilds prometheus.Counter
}

func newMetrics(l *Library, to prometheus.Registerer) *metrics {
	m := &metrics{
		searches: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parley_search_duration_seconds", Help: "How long searches took, by outcome, waiting for the index included.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}, []string{"outcome"}),
		late: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_search_late_total", Help: "Searches answered from an index that was behind the store.",
		}),
		applied: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_index_changes_total", Help: "Changes of documents applied to search indexes.",
		}),
		rebuilds: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_index_rebuilds_total", Help: "Search indexes built anew.",
		}),
	}
	if to == nil {
		return m
	}
	to.MustRegister(m.searches, m.late, m.applied, m.rebuilds,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "parley_index_open", Help: "Search indexes that are open: those that nobody uses for half an hour close.",
		}, func() float64 { return float64(len(l.open())) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "parley_index_lag_changes", Help: "How many numbers of its log the search index that is furthest behind is behind.",
		}, func() float64 { changes, _ := l.lag(); return float64(changes) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "parley_index_lag_seconds", Help: "For how long the search index that is furthest behind has been behind.",
		}, func() float64 { _, since := l.lag(); return since.Seconds() }))
	return m
}
