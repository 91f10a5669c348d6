package affili

import (
	"slices"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

func digit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// write writes a conversion as the document's sample has it. The caller holds
// the lock.
func (s *Server) write(c *Conversion) kit.Object {
	commissions := make([]kit.Object, len(c.Commissions))
	for i, part := range c.Commissions {
		commissions[i] = kit.Object{
			{Name: "id", Value: part.ID},
			{Name: "name", Value: part.Name},
			{Name: "sub_amount", Value: part.Amount},
		}
	}
	clicks := make([]kit.Object, len(c.Clicks))
	for i, click := range c.Clicks {
		clicks[i] = kit.Object{
			{Name: "id", Value: click.ID},
			{Name: "created_at", Value: jalali(click.At.In(s.zone))},
		}
	}
	var client kit.Object
	if len(c.Agents)+len(c.IPs) > 0 {
		client = kit.Object{{Name: "agents", Value: c.Agents}, {Name: "ips", Value: c.IPs}}
	}
	return kit.Object{
		{Name: "id", Value: c.ID},
		{Name: "publisher", Value: s.writePublisher(c.Publisher)},
		{Name: "status", Value: int(c.Status)},
		{Name: "type", Value: writeType(c)},
		{Name: "wage", Value: c.Wage},
		{Name: "amount", Value: c.Amount},
		{Name: "created_at", Value: jalali(c.Created.In(s.zone))},
		{Name: "updated_at", Value: jalali(c.Updated.In(s.zone))},
		{Name: "external_id", Value: orNull(c.ExternalID)},
		{Name: "commissions", Value: commissions},
		{Name: "is_closed", Value: digit(c.Closed)},
		{Name: "checked_out", Value: digit(c.CheckedOut)},
		{Name: "client", Value: kit.EmptyAsList(client)},
		{Name: "clicks", Value: clicks},
	}
}

func (s *Server) writePublisher(id string) any {
	i := slices.IndexFunc(s.publishers, func(p Publisher) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return kit.Object{{Name: "id", Value: id}, {Name: "name", Value: s.publishers[i].Name}}
}

func writeType(c *Conversion) any {
	if c.TypeIsNumber {
		return buyNumber
	}
	return string(c.Type)
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
