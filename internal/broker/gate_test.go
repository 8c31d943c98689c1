package broker

import (
	"errors"
	"testing"
	"testing/synctest"
)

func TestGateLetsNobodyFreeTheClientBesideACall(t *testing.T) {
	var g gate
	if !g.enter() {
		t.Fatal("an open gate refuses")
	}
	if err := g.close(); err != ErrBusy {
		t.Fatalf("close beside a call: %v", err)
	}
	if !g.enter() {
		t.Fatal("a refused close must leave the gate open")
	}
	g.leave()
	g.leave()
	if err := g.close(); err != nil {
		t.Fatal(err)
	}
	if g.enter() || !errors.Is(g.close(), ErrClosed) {
		t.Fatal("a shut gate lets in, or is shut twice")
	}
}

func TestGateWaitsForCallsThatACallbackLeavesBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		if err := g.close(); err != nil {
			t.Fatal(err)
		}
		answer, over := make(chan struct{}), false
		go func() {
			g.during(func() {
				if !g.enter() {
					t.Error("the gate is shut during a callback")
				}
				go func() { defer g.leave(); <-answer }()
			})
			over = true
		}()
		synctest.Wait()
		if over {
			t.Fatal("during is over while a call is inside")
		}
		if g.enter() {
			t.Fatal("the gate is open after the callback")
		}
		close(answer)
		synctest.Wait()
		if !over {
			t.Fatal("during does not end with the last call")
		}
	})
}
