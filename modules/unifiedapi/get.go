package unifiedapi

import (
	"net/http"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/query"
)

func (x *exchange) get(values map[string]string) error {
	if done, err := x.listKept(); done {
		return err
	}
	params, p := x.params(values)
	if p != nil {
		return x.refuse(p)
	}
	x.direct()
	mark := x.mark()
	object, p := x.engine.Get(x.r.Context(), &query.Request{Params: params, Client: x.client, Mode: x.mode()})
	if p != nil {
		return x.refuse(p)
	}
	defer object.Close()
	if done, err := x.keepObject(object, mark); done {
		return err
	}
	x.announce(object.Platform)
	return x.writeJSON(http.StatusOK, object.JSON)
}

func (x *exchange) ping(values map[string]string) error {
	params, p := x.params(values)
	if p != nil {
		return x.refuse(p)
	}
	x.direct()
	pong, p := x.engine.Ping(x.r.Context(), &query.Request{Params: params, Client: x.client, Mode: x.mode()})
	if p != nil {
		return x.refuse(p)
	}
	x.announce(pong.Platform)
	b := append([]byte(nil), `{"platform":`...)
	b = gjson.AppendJSONString(b, pong.Platform)
	b = append(b, `,"status":"ok","elapsed_ms":`...)
	b = strconv.AppendFloat(b, float64(pong.Elapsed.Microseconds()/100)/10, 'f', -1, 64)
	return x.writeJSON(http.StatusOK, append(b, '}'))
}
