// Package kind is the vocabulary in which every kind of Entra object is
// described, and the one canonical form of such an object.
//
// A kind is one Go value in one file of package catalog. Resource, data source,
// identity, import, HCL, recovery, error messages and docs pages are all
// derived from that value, so a property is named once. The words:
//
//   - [Life] says where objects live and how they come and go: a collection
//     with a recycle bin, perhaps below another object; objects whose id the
//     code chooses; a link or an edge between two objects; one item of a list
//     that its parent holds; or something that is only looked up.
//   - [Mode] says who owns an attribute's value: the code (Required, Optional,
//     Default), Graph (Computed) or whoever speaks first (Server).
//   - [Channel] says how a value is written: in the object's body, in its path,
//     as a relation by $ref or a link to one object, by an action, by a request of
//     its own, as a stream, or not at all: an instruction to the provider (Local),
//     or what the audit log tells (Logged).
//   - [Steps] is the only hook that writes: the bodies to send, in order, where
//     Graph does not take a change at once. The other functions of a [Kind] only
//     judge what was read.
//   - [Limits] and [Together] are rules of Graph that bind what a user writes,
//     and never what a tenant holds.
//   - [Rollout] says of a rule that decides who gets in how it comes into force
//     without shutting out whoever must be able to repair it.
//   - [Ref] says which id space a string lives in and which words in it are
//     not ids; [Embedded] the same for ids inside text.
//
// [Kind.Decode] turns a body of Graph into [Values], the canonical form: only
// what the table knows, nothing that is null, empty or default, sets sorted.
// [Kind.Encode] turns Values back into a body. Two objects are the same when
// their Values are deeply equal.
//
// Below a set nothing may be Server, Computed or Default: Terraform tells the
// elements of a set apart by their values alone, so a value made elsewhere
// moves to another element. [Kind.Check] refuses such a table. A collection
// whose elements have a client-chosen key is a map by that key.
package kind
