package main

import (
	"fmt"
	"strings"
	"sync"
)

// progress tells the harness of the first reconcile, of the one that completed the last parent, and of marked texts.
type progress struct {
	mutex   sync.Mutex
	parents int
	done    map[string]bool // nil once all are done
	count   int
	marker  string
}

func newProgress(parents int) *progress {
	return &progress{parents: parents, done: map[string]bool{}}
}

func (p *progress) reconciled(name, text string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.count++
	if p.count == 1 {
		say("first-reconcile")
	}
	if strings.HasPrefix(text, "marker-") && text != p.marker {
		p.marker = text
		say("seen " + text)
	}
	if p.done == nil {
		return
	}
	p.done[name] = true
	if len(p.done) == p.parents {
		p.done = nil
		say(fmt.Sprintf("converged reconciles=%d", p.count))
	}
}

func say(text string) { fmt.Println("bench " + text) }
