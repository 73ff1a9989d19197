// Package server is the HTTP side of tacho: routes, who may ask, and headers.
// What is rendered comes from package views and package api; what is streamed
// goes through package stream. A [Feed] takes the snapshots in, a [Server]
// answers requests from it.
package server
