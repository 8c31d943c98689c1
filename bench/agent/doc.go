//go:build unix

// Package agent is what a contestant's process speaks: it reads one job a line
// from standard input, runs it, and answers with one line of figures. Programs in other
// languages speak the same (java/Agent.java). It needs the standard library
// alone, so that the module graphs of the contestants have nothing in common.
//
//	does=loop brokers=127.0.0.1:9092 topic=t group=g records=1000 each=500
//	ok handled=1000 took=1.52e+07 total=4.1e+08 cpu=1.9e+07 rss=2.1e+07 threads=12
//
// Times are nanoseconds, memory is bytes. "fail TEXT" is a contestant that broke, "absent TEXT" one that
// this build does not have.
package agent
