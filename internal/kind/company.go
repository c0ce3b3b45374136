package kind

// Company is what an object comes back with from the recycle bin although its
// own code does not hold it: what gives access, and what whoever deleted the
// object may have added before.
type Company struct {
	Title string // "client secret"

	// Property of the object holds it, or Path below the object lists it.
	Property, Path string

	// Attr is the attribute that owns it, where there is one: code that sets it
	// removes what it does not list.
	Attr string

	// Told are the properties that tell one from another, the best known last.
	Told []string
}
