package house

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// workplace is a path under a folder where people and build machines keep
// their work.
var workplace = regexp.MustCompile("(?:^|[\\s\"'`(=:,])(/(?:root|home|Users|work|workspace|workspaces|builds|private)/[\\w.-]+)")

// noFileNamesAWorkplace: a path of somebody's machine works on no other.
func noFileNamesAWorkplace(t *tree) (broken []string) {
	for _, name := range slices.Sorted(maps.Keys(t.texts)) {
		number := 0
		for line := range strings.Lines(t.texts[name]) {
			number++
			if path := workplace.FindStringSubmatch(line); path != nil {
				broken = append(broken, fmt.Sprintf("%s:%d names %s, a path of one machine: use a relative path, t.TempDir() or a flag", name, number, path[1]))
			}
		}
	}
	return broken
}
