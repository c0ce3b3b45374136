package drill

import "errors"

// HTML is the report as one page.
func (r *Report) HTML() ([]byte, error) { return nil, errors.New("not yet") }
