package surface

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/goccy/go-yaml"
)

// JSON returns the document as JSON for an API that is served at a base path
// ("/v1"). Members keep the document's order, which is the order of members in
// answers. The result is made at every call; keep it.
func (s *Surface) JSON(basePath string) ([]byte, error) {
	document := make(yaml.MapSlice, len(s.document))
	copy(document, s.document)
	for i, item := range document {
		if item.Key == "servers" {
			document[i].Value = []any{yaml.MapSlice{{Key: "url", Value: basePath}}}
		}
	}
	var out bytes.Buffer
	if err := writeJSON(&out, document); err != nil {
		return nil, fmt.Errorf("writing the surface as JSON: %w", err)
	}
	return out.Bytes(), nil
}

func writeJSON(out *bytes.Buffer, value any) error {
	switch v := value.(type) {
	case yaml.MapSlice:
		out.WriteByte('{')
		for i, item := range v {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := writeJSON(out, fmt.Sprint(item.Key)); err != nil {
				return err
			}
			out.WriteByte(':')
			if err := writeJSON(out, item.Value); err != nil {
				return err
			}
		}
		out.WriteByte('}')
	case []any:
		out.WriteByte('[')
		for i, element := range v {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := writeJSON(out, element); err != nil {
				return err
			}
		}
		out.WriteByte(']')
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		out.Write(text)
	}
	return nil
}
