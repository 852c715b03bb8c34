package secretstore

import (
	"maps"
	"slices"

	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
)

// The staging labels that Secrets Manager moves itself.
const (
	current  = "AWSCURRENT"
	previous = "AWSPREVIOUS"
)

// labels are the staging labels of a secret, each with the ID of the one version
// that bears it.
type labels map[string]string

// attach moves labels to a version. The version that AWSCURRENT leaves becomes
// AWSPREVIOUS. The first version of a secret is AWSCURRENT, whatever is asked.
func (l labels) attach(version string, wanted []string) error {
	if len(l) == 0 && !slices.Contains(wanted, current) {
		wanted = append(slices.Clone(wanted), current)
	}
	if old := l[current]; old != "" && old != version && slices.Contains(wanted, current) {
		l[previous] = old
	}
	for _, label := range wanted {
		l[label] = version
	}
	for _, borne := range l.byVersion() {
		if len(borne) > maxLabels {
			return overLimit("A version can have at most %d staging labels attached; it would have %d.", maxLabels, len(borne))
		}
	}
	return nil
}

// on are the labels of a version, sorted; nil when it is deprecated.
func (l labels) on(version string) []string { return l.byVersion()[version] }

// byVersion are the labels of each version that has some, sorted.
func (l labels) byVersion() map[string][]string {
	borne := map[string][]string{}
	for _, label := range slices.Sorted(maps.Keys(l)) {
		borne[l[label]] = append(borne[l[label]], label)
	}
	return borne
}

// move does what UpdateSecretVersionStage asks for: a label goes from one
// version to another, or goes altogether.
func (l labels) move(in *secretsmanager.UpdateSecretVersionStageInput) error {
	label, holder := in.VersionStage, l[in.VersionStage]
	switch from := in.RemoveFromVersionID; {
	case from == nil && holder != "" && (in.MoveToVersionID == nil || *in.MoveToVersionID != holder):
		return invalidParameter("The parameter RemoveFromVersionId can't be empty. Staging label %s is currently attached to version %s, so you must explicitly reference that version in RemoveFromVersionId.", label, holder)
	case from != nil && *from != holder:
		return invalidParameter("The parameter RemoveFromVersionId names version %s, to which the staging label %s is not attached.", *from, label)
	case in.MoveToVersionID != nil:
		return l.attach(*in.MoveToVersionID, []string{label})
	case label == current:
		return invalidParameter("You can only move the staging label %s to another version. It can't be removed: give MoveToVersionId.", current)
	case from == nil:
		return invalidParameter("Give MoveToVersionId, RemoveFromVersionId, or both.")
	}
	delete(l, label)
	return nil
}
