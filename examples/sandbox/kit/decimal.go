package kit

import (
	"math/big"
	"strconv"
	"strings"
)

// Decimal is an exact decimal number: Units of 10^-Scale. Twelve euro and
// thirty cents are {1230, 2}. In JSON it is a number with all digits of its
// scale (12.30); use [Decimal.String] for text and [Decimal.Short] for a number
// without trailing zeros.
type Decimal struct {
	Units int64
	Scale int
}

// Cents returns an amount of two decimals.
func Cents(units int64) Decimal { return Decimal{units, 2} }

// String returns the number with all digits of its scale: "12.30".
func (d Decimal) String() string {
	digits := strconv.FormatInt(d.Units, 10)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	if d.Scale <= 0 {
		return sign + digits
	}
	if missing := d.Scale + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - d.Scale
	return sign + digits[:point] + "." + digits[point:]
}

// Short returns the number without trailing zeros, as languages print a double:
// 12.3, and 12 for 12.00.
func (d Decimal) Short() Number {
	s := d.String()
	if d.Scale > 0 {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return Number(s)
}

// Ratio returns part/whole with scale decimals, rounded half away from zero;
// zero when whole is zero.
func Ratio(part, whole int64, scale int) Decimal {
	if whole == 0 {
		return Decimal{0, scale}
	}
	// (2·part·10^scale + whole) / (2·whole) on absolute values rounds half up;
	// big, because amounts beyond 2^53 times a power of ten leave int64.
	p, w := big.NewInt(part), big.NewInt(whole)
	negative := p.Sign()*w.Sign() < 0
	p.Abs(p)
	w.Abs(w)
	p.Mul(p, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
	p.Lsh(p, 1).Add(p, w).Quo(p, w.Lsh(w, 1))
	if negative {
		p.Neg(p)
	}
	return Decimal{p.Int64(), scale}
}
