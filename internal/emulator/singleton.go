package emulator

// singleton is an object that every tenant has once, at an address of its own: GET and
// PATCH, neither POST nor DELETE.
type singleton struct {
	typ, path string
}

func (s singleton) object(t *Tenant) *object { return t.shelf(s.typ).all(false)[0] }

func (s singleton) read(t *Tenant, c *call) (*reply, *graphError) {
	return t.one(c, t.resource(s.typ), s.object(t), s.path[1:]+"/$entity")
}

func (s singleton) update(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	return t.change(c, t.resource(s.typ), s.object(t), in)
}

func (s singleton) routes(add func(method, pattern string, run handler)) {
	add("GET", s.path, s.read)
	add("PATCH", s.path, s.update)
}
