// Package java is what tests need to run programs of the Java world: the
// runtime, the compiler, jars by Maven, and children that do not outlive them.
package java
