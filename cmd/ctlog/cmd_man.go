package main

import (
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manCommand writes the manual pages, for packagers and `make man`.
func (a *app) manCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Short: "write the manual pages to a directory",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misuse("ctlog man DIR", "man takes the directory to write to")
			}
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			root.DisableAutoGenTag = true
			return doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "ctlog", Manual: "ctlog manual"}, args[0])
		},
	}
}
