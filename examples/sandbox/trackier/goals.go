package trackier

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// goalRoutes serve goals and their payouts.
func (s *Server) goalRoutes(mux *http.ServeMux, path string) {
	on := func(method, rest string, h http.HandlerFunc) { mux.HandleFunc(method+" "+path+rest, h) }
	on("GET", "", s.goals)
	on("POST", "", s.createGoal)
	on("GET", "/{goal}", s.goal)
	on("POST", "/{goal}", s.editGoal)
	on("DELETE", "/{goal}", s.deleteGoal)
	on("GET", "/campaign/{id}", s.campaignGoals)
	on("GET", "/payout/{goal}", s.goalPayouts)
	on("POST", "/payout/{goal}", s.saveGoalPayout)
	on("POST", "/payout/{goal}/{payout}", s.saveGoalPayout)
	on("DELETE", "/payout/{goal}/{payout}", s.deleteGoalPayout)
}

func goalJSON(g Goal) kit.Object {
	return kit.Object{
		{Name: "_id", Value: g.ID},
		{Name: "title", Value: g.Title},
		{Name: "value", Value: g.Value},
		{Name: "type", Value: g.Type},
	}
}

func goalPayoutJSON(g Goal, p GoalPayout) kit.Object {
	return kit.Object{
		{Name: "_id", Value: p.ID},
		{Name: "coverage", Value: coverage(p.Countries)},
		{Name: "revenue", Value: p.Revenue.Number()},
		{Name: "payout", Value: p.Payout.Number()},
		{Name: "model", Value: g.Model},
	}
}

func goalPayoutsJSON(g Goal) kit.Array {
	list := kit.Array{}
	for _, p := range g.Payouts {
		list = append(list, goalPayoutJSON(g, p))
	}
	return list
}

// goalData is a goal with its payouts.
func goalData(g Goal) kit.Object {
	return kit.Object{{Name: "goal", Value: goalJSON(g)}, {Name: "payouts", Value: goalPayoutsJSON(g)}}
}

// goals lists all goals. No document shows that list; it is like a campaign's.
func (s *Server) goals(w http.ResponseWriter, _ *http.Request) {
	writeGoals(w, s.data.Goals, ReportCurrency)
}

// campaignGoals lists the goals of a campaign in its currency.
func (s *Server) campaignGoals(w http.ResponseWriter, r *http.Request) {
	if c := s.campaignOf(w, r); c != nil {
		other := func(g Goal) bool { return g.CampaignID != c.DisplayID }
		writeGoals(w, slices.DeleteFunc(slices.Clone(s.data.Goals), other), c.Currency)
	}
}

// writeGoals answers with goals beside `success`, not under `data`.
func writeGoals(w http.ResponseWriter, goals []Goal, currency string) {
	list := kit.Array{}
	for _, g := range goals {
		list = append(list, goalData(g))
	}
	kit.PHP.Write(w, http.StatusOK, kit.Object{{Name: "success", Value: true}, {Name: "currency", Value: currency}, {Name: "goals", Value: list}})
}

// goalOf finds the goal that the path names, or answers that there is none.
func (s *Server) goalOf(w http.ResponseWriter, r *http.Request) (int, bool) {
	i := slices.IndexFunc(s.data.Goals, func(g Goal) bool { return g.ID == r.PathValue("goal") })
	if i < 0 {
		s.notFound(w)
	}
	return i, i >= 0
}

func (s *Server) goal(w http.ResponseWriter, r *http.Request) {
	if i, ok := s.goalOf(w, r); ok {
		succeed(w, goalData(s.data.Goals[i]))
	}
}

// createGoal adds a goal, which is a member of the body, with its payouts.
func (s *Server) createGoal(w http.ResponseWriter, r *http.Request) {
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	g, about := Goal{Model: "fixed", Payouts: []GoalPayout{}}, b.object("goal")
	about.require("title", "value", "type", "ad_id")
	about.ref("ad_id", s.byID.campaignIDs, &g.CampaignID)
	readGoal(about, &g, "public", "private")
	for _, each := range b.objects("payouts") {
		g.Payouts = append(g.Payouts, readGoalPayout(each, GoalPayout{ID: s.newID(), Countries: []string{}}, true))
	}
	switch {
	case s.refused(w, b):
	case s.sameGoal(g):
		s.duplicated(w, "value")
	default:
		g.ID = s.newID()
		s.data.Goals = appended(s.data.Goals, g)
		succeed(w, append(goalData(g), kit.Member{Name: "message", Value: "Goal Created Successfully!!"}))
	}
}

// editGoal changes a goal, whose members are those of the body itself.
func (s *Server) editGoal(w http.ResponseWriter, r *http.Request) {
	i, ok := s.goalOf(w, r)
	if !ok {
		return
	}
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	g := s.data.Goals[i]
	readGoal(b, &g, "public", "private", "pub_specific")
	switch {
	case s.refused(w, b):
	case s.sameGoal(g):
		s.duplicated(w, "value")
	default:
		s.data.Goals = replaced(s.data.Goals, i, g)
		succeed(w, kit.Object{{Name: "goal", Value: goalJSON(g)}, {Name: "message", Value: "Goal updated Successfully!!"}})
	}
}

func readGoal(b body, g *Goal, types ...string) {
	b.text("title", &g.Title)
	b.text("value", &g.Value)
	b.choice("type", &g.Type, types...)
	b.choice("model", &g.Model, "fixed", "percentage")
}

// sameGoal reports whether another goal of the campaign has the value.
func (s *Server) sameGoal(g Goal) bool {
	return slices.ContainsFunc(s.data.Goals, func(other Goal) bool {
		return other.ID != g.ID && other.CampaignID == g.CampaignID && strings.EqualFold(other.Value, g.Value)
	})
}

func readGoalPayout(b body, p GoalPayout, fresh bool) GoalPayout {
	if fresh {
		b.require("payout", "revenue")
	}
	b.money("payout", &p.Payout)
	b.money("revenue", &p.Revenue)
	b.coverage(&p.Countries)
	return p
}

func (s *Server) deleteGoal(w http.ResponseWriter, r *http.Request) {
	if i, ok := s.goalOf(w, r); ok {
		s.data.Goals = removed(s.data.Goals, i)
		removedPart(w, "Goal")
	}
}

// goalPayouts lists a goal's payouts beside `success`.
func (s *Server) goalPayouts(w http.ResponseWriter, r *http.Request) {
	if i, ok := s.goalOf(w, r); ok {
		kit.PHP.Write(w, http.StatusOK, kit.Object{{Name: "success", Value: true}, {Name: "payouts", Value: goalPayoutsJSON(s.data.Goals[i])}})
	}
}

// goalPayoutOf finds a goal and the payout of it that the path names.
func (s *Server) goalPayoutOf(w http.ResponseWriter, r *http.Request) (goal, payout int, ok bool) {
	goal, ok = s.goalOf(w, r)
	id := r.PathValue("payout")
	if !ok || id == "" {
		return goal, -1, ok
	}
	payout = slices.IndexFunc(s.data.Goals[goal].Payouts, func(p GoalPayout) bool { return p.ID == id })
	if payout < 0 {
		s.notFound(w)
	}
	return goal, payout, payout >= 0
}

// saveGoalPayout adds or changes a payout: a new one is answered as a list
// beside `success`, a changed one as a list under `data`.
func (s *Server) saveGoalPayout(w http.ResponseWriter, r *http.Request) {
	i, n, ok := s.goalPayoutOf(w, r)
	if !ok {
		return
	}
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	g, p := s.data.Goals[i], GoalPayout{Countries: []string{}}
	if n >= 0 {
		p = g.Payouts[n]
	}
	p = readGoalPayout(b, p, n < 0)
	if s.refused(w, b) {
		return
	}
	if n >= 0 {
		g.Payouts = replaced(g.Payouts, n, p)
	} else {
		p.ID = s.newID()
		g.Payouts = appended(g.Payouts, p)
	}
	s.data.Goals = replaced(s.data.Goals, i, g)
	list := kit.Array{goalPayoutJSON(g, p)}
	if n < 0 {
		kit.PHP.Write(w, http.StatusOK, kit.Object{{Name: "success", Value: true}, {Name: "payouts", Value: list}})
		return
	}
	succeed(w, kit.Object{{Name: "payout", Value: list}, {Name: "message", Value: "Payout Updated Successfully!!"}})
}

func (s *Server) deleteGoalPayout(w http.ResponseWriter, r *http.Request) {
	if i, n, ok := s.goalPayoutOf(w, r); ok {
		g := s.data.Goals[i]
		g.Payouts = removed(g.Payouts, n)
		s.data.Goals = replaced(s.data.Goals, i, g)
		removedPart(w, "Payout")
	}
}
