package mapping

import (
	"strconv"

	"github.com/tidwall/gjson"
)

// appendForm writes a JSON object as a form (application/x-www-form-urlencoded), lists
// and objects with brackets, as servers of PHP and many others read them: a[b]=1 and
// a[]=1 for scalars, a[0][b]=1 for the objects of a list. Null is the empty text.
func appendForm(dst []byte, object gjson.Result) []byte {
	object.ForEach(func(key, value gjson.Result) bool {
		dst = appendPairs(dst, key.Str, value)
		return true
	})
	return dst
}

func appendPairs(dst []byte, name string, v gjson.Result) []byte {
	switch {
	case v.IsObject():
		v.ForEach(func(key, value gjson.Result) bool {
			dst = appendPairs(dst, name+"["+key.Str+"]", value)
			return true
		})
		return dst
	case v.IsArray():
		for i, item := range v.Array() {
			index := ""
			if item.Type == gjson.JSON {
				index = strconv.Itoa(i)
			}
			dst = appendPairs(dst, name+"["+index+"]", item)
		}
		return dst
	}
	if len(dst) > 0 {
		dst = append(dst, '&')
	}
	dst = append(appendQuery(dst, name, true), '=')
	if v.Type == gjson.Null {
		return dst
	}
	return appendQuery(dst, text(v), false)
}
