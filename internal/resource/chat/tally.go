package chat

import "time"

// Outcome is what a turn came to.
type Outcome string

// The outcomes there are.
const (
	Answered  Outcome = "answered"
	Grounded  Outcome = "grounded"  // answered, after what no passage bears out was corrected
	NoAnswer  Outcome = "no answer" // nothing fits
	Blocked   Outcome = "blocked"   // by what the administrator does not allow
	Reviewed  Outcome = "reviewed"  // a form waits for a person
	SignIn    Outcome = "sign-in"   // a person has to sign in somewhere first
	Failed    Outcome = "failed"    // a third party or the model did not answer
	Abandoned Outcome = "abandoned" // the client left, the request was wrong, or we failed
)

// Told is what is counted of a turn.
type Told struct {
	Outcome  Outcome
	Attached bool          // with files
	First    time.Duration // from the turn's beginning to the first text; zero: there was none
	Whole    time.Duration
}

// tally counts a turn that has ended.
func (s *Service) tally(t *turn, e *ending, began time.Time) {
	if s.Done == nil {
		return
	}
	told := Told{Outcome: e.outcome(), Attached: len(t.files) > 0, Whole: s.Now().Sub(began)}
	if !e.first.IsZero() {
		told.First = e.first.Sub(began)
	}
	s.Done(told)
}

func (e *ending) outcome() Outcome {
	switch f := e.failure; {
	case f != nil && (f.Text == "" || f.Text == interrupted):
		return Abandoned
	case f != nil:
		return Failed
	case e.final.Blocked:
		return Blocked
	case e.review != nil:
		return Reviewed
	case e.challenge != nil:
		return SignIn
	case e.final.NoAnswer:
		return NoAnswer
	case e.grounded:
		return Grounded
	}
	return Answered
}
