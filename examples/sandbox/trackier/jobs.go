package trackier

import (
	"net/http"
	"slices"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// latestJobs is how many the list shows.
const latestJobs = 50

func jobJSON(j Job) kit.Object {
	return kit.Object{
		{Name: "name", Value: "import.json.conversion"},
		{Name: "_id", Value: j.ID},
		{Name: "status", Value: j.Status},
		{Name: "errors", Value: j.Errors},
		{Name: "created", Value: phpDate(j.CreatedAt)},
	}
}

func (s *Server) listJobs(w http.ResponseWriter, _ *http.Request) {
	list := kit.Array{}
	for _, j := range s.data.Jobs[:min(latestJobs, len(s.data.Jobs))] {
		list = append(list, jobJSON(j))
	}
	succeed(w, kit.Object{{Name: "jobs", Value: list}})
}

// job answers with a job and what it logged. An import that is not done gets on
// by being asked for, unless it runs by the clock.
func (s *Server) job(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if s.config.JobTime == 0 {
		s.advance(id)
	}
	i := s.jobIndex(id)
	if i < 0 {
		s.notFound(w)
		return
	}
	j, logs := s.data.Jobs[i], kit.Array{}
	if j.Log != "" {
		logs = append(logs, kit.Object{
			{Name: "object", Value: "import.json.conversions"},
			{Name: "priority", Value: 1},
			{Name: "message", Value: j.Log},
			{Name: "created", Value: s.date(j.CreatedAt, TimeText)},
		})
	}
	succeed(w, kit.Object{{Name: "job", Value: jobJSON(j)}, {Name: "logs", Value: logs}})
}

func (s *Server) jobIndex(id string) int {
	return slices.IndexFunc(s.data.Jobs, func(j Job) bool { return j.ID == id })
}

// work is what an import has still to do.
type work struct {
	rows    []body
	asker   role
	started time.Time
}

// importConversions queues an import; its rows are read when it runs.
func (s *Server) importConversions(asker role) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, ok := s.readBody(w, r)
		if !ok {
			return
		}
		b.require("conversions")
		rows := b.objects("conversions")
		if len(rows) == 0 {
			b.refuse("conversions")
		}
		if s.refused(w, b) {
			return
		}
		j := Job{ID: s.newID(), Status: JobPending, Errors: []string{}, CreatedAt: s.now()}
		s.data.Jobs = append([]Job{j}, s.data.Jobs...)
		s.work[j.ID] = &work{rows, asker, j.CreatedAt}
		succeed(w, kit.Object{
			{Name: "message", Value: "Job has been queued!!"},
			{Name: "job", Value: kit.Object{
				{Name: "_id", Value: j.ID}, {Name: "status", Value: j.Status}, {Name: "created", Value: phpDate(j.CreatedAt)},
			}},
		})
	}
}

// settle brings imports that run by the clock to where they are by now, the
// oldest first.
func (s *Server) settle() {
	if s.config.JobTime == 0 {
		return
	}
	for _, j := range slices.Backward(s.data.Jobs) {
		if s.work[j.ID] == nil {
			continue
		}
		passed := s.config.Now().Sub(s.work[j.ID].started)
		if j.Status == JobPending && passed >= s.config.JobTime/2 {
			s.advance(j.ID)
		}
		if passed >= s.config.JobTime {
			s.advance(j.ID)
		}
	}
}

// advance takes an import one step on: pending, progress, done.
func (s *Server) advance(id string) {
	todo := s.work[id]
	if todo == nil {
		return
	}
	i := s.jobIndex(id)
	j := s.data.Jobs[i]
	if j.Status == JobPending {
		j.Status = JobProgress
	} else {
		s.run(&j, todo)
		delete(s.work, id)
	}
	s.data.Jobs = replaced(s.data.Jobs, i, j)
}
