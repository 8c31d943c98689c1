package listener

// Chain wraps h in the middlewares, the first outermost: it sees a delivery
// first and its outcome last. Nil middlewares are left out.
func Chain(h HandlerFunc, ms ...Middleware) HandlerFunc {
	for i := len(ms) - 1; i >= 0; i-- {
		if ms[i] != nil {
			h = ms[i](h)
		}
	}
	return h
}
