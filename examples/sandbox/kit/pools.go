package kit

import (
	"fmt"
	"slices"
	"strconv"
)

// Country is a country as platforms report it.
type Country struct {
	Code     string // ISO 3166-1 alpha-2, upper case
	Name     string // English
	Currency string // ISO 4217
	City     string
}

var (
	given = []string{
		"Amélie", "Björn", "Chloé", "Dmitri", "Eoin", "Fatima", "Grace", "Hugo", "İlayda", "José",
		"Кирилл", "Łucja", "María", "نیلوفر", "Ольга", "Priya", "Seán", "田中", "Zoë", "رضا",
	}
	family = []string{
		"O'Brien", "Müller", "García", "Smith", "D'Angelo", "Nowak", "Иванова", "Østergård", "Şahin", "Lee",
		"رضایی", "van der Berg", "Çelik", "太郎", "Fernández-Ruiz", "Kovács",
	}
	brandNames = []string{
		"Northwind", "Brontë & Sons", "Café Lumière", "Zażółć", "Ünal Tekstil", "Kвантум", "東京商店", "فروشگاه آفتاب",
		"\"Quoted\" Goods", "Tom's Tools", "A/B Outfitters", "100% Cotton", "Back\\slash Books", "Smörgås", "Peach", "Ibex",
		"Façade", "Gràcia", "Señor Taco", "Löwenzahn", "Tag <b>Bold</b>", "Comma, Inc.", "Semi;colon", "Emoji 🛒 Shop", "Velo", "Harbour",
		"Maple", "Quill", "Orchard", "Juniper", "Tundra", "Saffron", "Cobalt", "Willow", "Meridian", "Atlas",
		"Lantern", "Pebble", "Sequoia", "Basalt", "Ember", "Fjord", "Glacier", "Heron", "Indigo", "Kestrel",
	}
	countries = []Country{
		{"US", "United States", "USD", "New York"},
		{"GB", "United Kingdom", "GBP", "London"},
		{"DE", "Germany", "EUR", "München"},
		{"FR", "France", "EUR", "Saint-Étienne"},
		{"ES", "Spain", "EUR", "A Coruña"},
		{"PL", "Poland", "PLN", "Łódź"},
		{"TR", "Türkiye", "TRY", "İstanbul"},
		{"RU", "Russia", "RUB", "Москва"},
		{"IR", "Iran", "IRR", "تهران"},
		{"JP", "Japan", "JPY", "東京"},
		{"IN", "India", "INR", "Mumbai"},
		{"BR", "Brazil", "BRL", "São Paulo"},
		{"CI", "Côte d'Ivoire", "XOF", "Abidjan"},
		{"CW", "Curaçao", "XCG", "Willemstad"},
		{"SE", "Sweden", "SEK", "Göteborg"},
		{"CA", "Canada", "CAD", "Montréal"},
	}
)

// Person returns a full name; scripts and apostrophes vary.
func (r *Random) Person() string { return Pick(r, given...) + " " + Pick(r, family...) }

// Country returns one of the countries in the pool.
func (r *Random) Country() Country { return Pick(r, countries...) }

// Countries returns the whole pool.
func Countries() []Country { return slices.Clone(countries) }

// Brands returns n distinct trade names, among them ones with quotes, slashes,
// percent signs, markup and several scripts.
func (r *Random) Brands(n int) []string {
	names := slices.Clone(brandNames)
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for i := 0; len(names) < n; i++ {
		names = append(names, names[i]+" "+strconv.Itoa(2+i/len(brandNames)))
	}
	return names[:n]
}

// Device is what a visitor's browser says of itself.
type Device struct{ Type, OS, Browser, UserAgent string }

// Device returns one of a few common devices.
func (r *Random) Device() Device {
	return Pick(r,
		Device{"desktop", "Windows", "Chrome", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"},
		Device{"desktop", "OS X", "Safari", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"},
		Device{"desktop", "Linux", "Firefox", "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"},
		Device{"mobile", "Android", "Chrome Mobile", "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"},
		Device{"mobile", "iOS", "Mobile Safari", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"},
		Device{"tablet", "iOS", "Mobile Safari", "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/604.1"})
}

// AwkwardID returns an identifier that careless code damages: with slashes,
// percent signs, spaces, quotes, other scripts, or an integer beyond 2^53. The
// serial n makes it unique among those of one sandbox.
func (r *Random) AwkwardID(n int) string {
	switch r.IntN(8) {
	case 0:
		return fmt.Sprintf("ord/%d/%s", n, r.Hex(4))
	case 1:
		return fmt.Sprintf("100%%-%d%%2F", n)
	case 2:
		return fmt.Sprintf("order no %d", n)
	case 3:
		return fmt.Sprintf("заказ-%d-ñ", n)
	case 4:
		return fmt.Sprintf("q\"%d'\\", n)
	case 5:
		return fmt.Sprintf("a&b=%d+c?#", n)
	case 6:
		return fmt.Sprintf("%d.%d", n, r.IntN(1000))
	default:
		return strconv.FormatInt(9007199254740993+2*int64(n), 10) // odd: a float64 cannot hold it
	}
}
