// Package house holds no code of the framework: its tests compare the project
// with the rules that the project gives itself. The import order is in
// imports.go, the rules about files are in files.go.
package house
