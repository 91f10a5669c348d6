package unifiedapi

func (x *exchange) report(map[string]string) error { return nil }
