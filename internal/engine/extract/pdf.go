package extract

func (r *reader) pdf(data []byte) error { return r.unreadable() }
