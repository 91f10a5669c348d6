package reshape

import (
	"fmt"
	"testing"
)

func TestZZ(t *testing.T) {
	body := transactions(10000)
	var p Page
	pl := compile(t, conversionShape(t), transactionRows)
	pl.Page(&p, body, nil)
	fmt.Println(len(body), len(p.Data))
	fmt.Printf("%s\n%s\n", body[76:900], p.Row(0))
	for _, o := range pl.whole.ops {
		fmt.Printf("%d brief=%v head=%d tail=%d before=%d %q\n", o.code, o.brief, o.headSize, o.tailSize, len(o.before), o.before)
	}
}
func BenchmarkWalkOnly(b *testing.B) {
	body := transactions(10000)
	pl := compile(b, Shape{}, transactionRows)
	var p Page
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		p.Reset()
		pl.Page(&p, body, nil)
	}
}
func BenchmarkWalkSlots(b *testing.B) {
	body := transactions(10000)
	pl := compile(b, conversionShape(b), transactionRows)
	pl.members = nil
	pl.whole = program{}
	var p Page
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		p.Reset()
		pl.Page(&p, body, nil)
	}
}
func BenchmarkSmall(b *testing.B) {
	body := transactions(200)
	pl := compile(b, conversionShape(b), transactionRows)
	var p Page
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		p.Reset()
		pl.Page(&p, body, nil)
	}
}
func BenchmarkCopy(b *testing.B) {
	body := transactions(10000)
	d := make([]byte, 11<<20)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		copy(d, body)
		copy(d[len(body):], body)
	}
}
