package managed

import (
	"encoding/base64"
	"fmt"
	"os"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// input completes the body of a POST with what Graph takes once and tells nobody: it must
// be there, and files are read.
func (w writer) input(body kind.Body, want kind.Values) error {
	for _, a := range w.kind.Inputs() {
		if want[a.Name] == nil {
			return fmt.Errorf("the code does not say its %s, which Microsoft Graph wants when a %s is made and tells nobody afterwards. Nothing was written. Say it, and run again", a.Name, w.kind.Title)
		}
		if err := readFiles(a.Attrs, body[a.Property]); err != nil {
			return fmt.Errorf("could not read a file of its %s, so nothing was written: %w", a.Name, err)
		}
	}
	return nil
}

// readFiles puts the content of files into the place of their paths.
func readFiles(attrs []kind.Attr, value any) error {
	if list, ok := value.([]any); ok {
		for _, item := range list {
			if err := readFiles(attrs, item); err != nil {
				return err
			}
		}
		return nil
	}
	body, ok := value.(kind.Body)
	if !ok {
		return nil
	}
	for i := range attrs {
		a := &attrs[i]
		if err := readFiles(a.Attrs, body[a.Property]); err != nil {
			return err
		}
		path, given := body[a.Property].(string)
		if !a.File || !given {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		body[a.Property] = kind.Body{"data": base64.StdEncoding.EncodeToString(content)}
	}
	return nil
}
