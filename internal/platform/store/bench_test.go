package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

func durable(b *testing.B) *store.DB {
	b.Helper()
	db, err := store.Open(context.Background(), store.Config{Dir: b.TempDir(), Now: storetest.Start})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	return db
}

// BenchmarkGroupedCommit is the bare insert loop that other figures are
// compared with: durable commits of one row of 2 KB by 1 and by 64 writers.
func BenchmarkGroupedCommit(b *testing.B) {
	answer := string(make2K())
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			db := durable(b)
			var next atomic.Int64
			var wg sync.WaitGroup
			b.ResetTimer()
			for range writers {
				wg.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						err := db.Update(context.Background(), func(tx *store.Tx) error { return put(tx, fmt.Sprint(n), answer) })
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}

func make2K() []byte {
	doc := make([]byte, 2048)
	for i := range doc {
		doc[i] = 'a' + byte(i%26)
	}
	return doc
}

// BenchmarkPointRead is one row of 2 KB by its primary key, in a View, by as
// many readers as there are processors and by 64.
func BenchmarkPointRead(b *testing.B) {
	db := durable(b)
	for i := range 10 {
		err := db.Update(context.Background(), func(tx *store.Tx) error {
			for j := range 1000 {
				if err := put(tx, fmt.Sprint(i*1000+j), string(make2K())); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for _, readers := range []int{1, 32} {
		b.Run(fmt.Sprintf("readers=%d", readers), func(b *testing.B) {
			b.SetParallelism(readers)
			var next atomic.Int64
			ctx := b.Context()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					err := db.View(ctx, func(tx *store.Tx) error {
						_, err := get(tx, fmt.Sprint(next.Add(7919)%10000))
						return err
					})
					if err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reads/s")
		})
	}
}
