//go:build unix

// Package ours is the contestants that are built on the framework, and the
// loops and senders by hand on the same client that they are compared with.
package ours

import "github.com/hearken-go/hearken/bench/agent"

// Contestants are all of them.
func Contestants() map[string]agent.Contestant {
	return map[string]agent.Contestant{
		"hearken":       hearken,
		"loop":          loop,
		"bare":          bare,
		"hearken-start": hearkenStart,
		"loop-start":    loopStart,
		"hearken-eos":   hearkenEOS,

		"hearken-send-async": sendAsync,
		"loop-send-async":    sendAsyncByHand,
		"hearken-send-64":    send64,
		"loop-send-64":       send64ByHand,
		"hearken-tx":         transactions,
		"loop-tx":            transactionsByHand,
	}
}
