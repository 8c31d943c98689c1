module github.com/hearken-go/hearken/bench/agent

go 1.26.0
