package emulator

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Privileged Identity Management: a request makes, changes or ends a schedule; while a
// schedule runs it has an instance, and the instance of an assignment is what makes
// somebody a member or gives a role. Time alone starts and ends them. Approvals are not
// given here: a request that needs one stays pending. Nobody is signed in behind the
// static token, so it may ask for everybody's own activation.

// pimKind is eligibility or assignment, of directory roles or of groups.
type pimKind struct {
	path                        string // up to "Schedule…"
	request, schedule, instance string // types
	scheduleID                  string // property of an instance
	group, eligible             bool
}

var pimKinds = []pimKind{
	{"/roleManagement/directory/roleEligibility", "unifiedRoleEligibilityScheduleRequest", "unifiedRoleEligibilitySchedule",
		"unifiedRoleEligibilityScheduleInstance", "roleEligibilityScheduleId", false, true},
	{"/roleManagement/directory/roleAssignment", "unifiedRoleAssignmentScheduleRequest", "unifiedRoleAssignmentSchedule",
		"unifiedRoleAssignmentScheduleInstance", "roleAssignmentScheduleId", false, false},
	{"/identityGovernance/privilegedAccess/group/eligibility", "privilegedAccessGroupEligibilityScheduleRequest", "privilegedAccessGroupEligibilitySchedule",
		"privilegedAccessGroupEligibilityScheduleInstance", "eligibilityScheduleId", true, true},
	{"/identityGovernance/privilegedAccess/group/assignment", "privilegedAccessGroupAssignmentScheduleRequest", "privilegedAccessGroupAssignmentSchedule",
		"privilegedAccessGroupAssignmentScheduleInstance", "assignmentScheduleId", true, false},
}

// keys are the properties that say who has what: they are the same in requests, schedules
// and instances.
func (k pimKind) keys() []string {
	if k.group {
		return []string{"principalId", "groupId", "accessId"}
	}
	return []string{"principalId", "roleDefinitionId", "directoryScopeId"}
}

func (k pimKind) bound() []string {
	if k.group {
		return []string{"principalId", "groupId"}
	}
	return []string{"principalId", "directoryScopeId"}
}

func (k pimKind) key(o *object) body {
	out := body{}
	for _, name := range k.keys() {
		out[name] = o.body[name]
	}
	return out
}

func (k pimKind) sameKey(a, b *object) bool {
	return !slices.ContainsFunc(k.keys(), func(name string) bool { return !same(a.body[name], b.body[name]) })
}

// other is assignment to eligibility and the reverse.
func (k pimKind) other() pimKind {
	at := slices.IndexFunc(pimKinds, func(o pimKind) bool { return o.group == k.group && o.eligible != k.eligible })
	return pimKinds[at]
}

func pimResources() []*resource {
	var out []*resource
	for _, k := range pimKinds {
		set := k.path[1:]
		expandable := []string{"principal", "roleDefinition", "directoryScope"}
		if k.group {
			expandable = []string{"principal", "group"}
		}
		out = append(out,
			&resource{typ: k.request, set: set + "ScheduleRequests", paths: []string{k.path + "ScheduleRequests"}, policies: true, bound: k.bound(),
				own:      map[string]handler{"POST": k.ask, "PATCH": nil, "DELETE": nil},
				required: append([]string{"action"}, k.keys()...),
				readOnly: []string{"id", "approvalId", "completedDateTime", "createdBy", "createdDateTime", "status"}, idleNulls: []string{"createdBy"},
				expandable: expandable, expand: expandRoleReference},
			&resource{typ: k.schedule, set: set + "Schedules", paths: []string{k.path + "Schedules"}, policies: true, bound: k.bound(),
				readOnlyAddress: true, expandable: expandable, expand: expandRoleReference},
			&resource{typ: k.instance, set: set + "ScheduleInstances", paths: []string{k.path + "ScheduleInstances"}, policies: true, bound: k.bound(),
				readOnlyAddress: true, expandable: expandable, expand: expandRoleReference})
	}
	return out
}

func pimRoutes(add func(method, pattern string, run handler)) {
	for _, k := range pimKinds {
		add("POST", k.path+"ScheduleRequests/{id}/cancel", k.cancel)
	}
}

func pimError(code, message string) *graphError {
	return &graphError{Status: 400, Code: code, Message: message}
}

// ask answers POST …ScheduleRequests.
func (k pimKind) ask(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	r := t.resource(k.request)
	r.dropNulls(in)
	if gerr := t.checker(c, r, true).top(k.request, in); gerr != nil {
		return nil, gerr
	}
	o := &object{typ: k.request, id: uuid.NewString(), body: clean(deepCopy(in).(body))}
	if gerr := k.checkTarget(t, o); gerr != nil {
		return nil, gerr
	}
	span, gerr := t.span(o)
	if gerr != nil {
		return nil, gerr
	}
	status, gerr := k.perform(t, o, span)
	if gerr != nil {
		return nil, gerr
	}
	if o.body["isValidationOnly"] == true {
		return t.validated(c, r, o)
	}
	made := *c
	made.id = o.id
	stored, gerr := t.make(&made, r, in)
	if gerr != nil {
		return nil, gerr
	}
	for name, v := range o.body {
		stored.body[name] = v
	}
	stored.body["status"], stored.body["createdDateTime"], stored.body["isValidationOnly"] = status, preciseTimestamp(t.now()), false
	if status != "PendingApproval" {
		stored.body["completedDateTime"] = preciseTimestamp(t.now())
	}
	t.runSchedules()
	return t.created(c, r, stored, r.set+"/$entity")
}

func (t *Tenant) validated(c *call, r *resource, o *object) (*reply, *graphError) {
	o.body["status"], c.journal.idle = "Granted", true
	rep, gerr := t.one(&call{base: c.base, version: c.version, header: c.header}, r, o, r.set+"/$entity")
	if gerr == nil {
		rep.status = 201
	}
	return rep, gerr
}

// checkTarget wants principal and role or group to exist.
func (k pimKind) checkTarget(t *Tenant, o *object) *graphError {
	principal := t.directoryObject(o.text("principalId"), false)
	if principal == nil || principalTypes[principal.typ] == "" {
		return pimError("SubjectNotFound", "The subject is not found.")
	}
	if !k.group {
		if t.shelf("unifiedRoleDefinition").live(o.text("roleDefinitionId")) == nil {
			return pimError("RoleNotFound", "The role is not found.")
		}
		return t.checkRoleTarget(o)
	}
	g := t.shelf("group").live(o.text("groupId"))
	switch {
	case g == nil:
		return pimError("ResourceNotFound", "The resource is not found.")
	case dynamic(g) || g.body["onPremisesSyncEnabled"] == true:
		return badRequest("The group '%s' cannot be managed: its membership is not assigned.", g.id)
	}
	return nil
}

// span is the time that a schedule runs; no end is the zero time.
type span struct{ from, to time.Time }

func (t *Tenant) span(o *object) (span, *graphError) {
	now := t.now()
	info := nested(o.body, "scheduleInfo")
	s := span{from: now}
	if at, err := time.Parse(time.RFC3339Nano, textOf(info["startDateTime"])); err == nil && at.After(now) {
		s.from = at
	}
	expiration := nested(info, "expiration")
	var err error
	switch expiration["type"] {
	case "afterDateTime":
		if s.to, err = time.Parse(time.RFC3339Nano, textOf(expiration["endDateTime"])); err != nil {
			return s, badRequest("An expiration afterDateTime needs an endDateTime.")
		}
	case "afterDuration":
		end, ok := addDuration(s.from, textOf(expiration["duration"]))
		if !ok {
			return s, badRequest("An expiration afterDuration needs a duration.")
		}
		s.to = end
	}
	if !s.to.IsZero() && !s.to.After(s.from) {
		return s, badRequest("The end of a schedule must lie behind its start.")
	}
	if info["recurrence"] != nil {
		return s, badRequest("Recurring schedules are not supported.")
	}
	return s, nil
}

var durationParts = regexp.MustCompile(`^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)

// addDuration adds an ISO 8601 duration to a time.
func addDuration(at time.Time, iso string) (time.Time, bool) {
	m := durationParts.FindStringSubmatch(iso)
	if m == nil || iso == "P" {
		return at, false
	}
	n := func(i int) int { v, _ := strconv.Atoi(m[i]); return v }
	end := at.AddDate(n(1), n(2), n(3)).Add(time.Duration(n(4))*time.Hour + time.Duration(n(5))*time.Minute + time.Duration(n(6))*time.Second)
	return end, end.After(at)
}

// perform does what a request asks for and tells the request's status. A request that is
// only to be validated changes nothing.
func (k pimKind) perform(t *Tenant, o *object, s span) (string, *graphError) {
	action, trial := o.text("action"), o.body["isValidationOnly"] == true
	running := k.find(t, o)
	self := strings.HasPrefix(action, "self")
	if self && k.eligible {
		return "", badRequest("The action '%s' does not apply to an eligibility.", action)
	}
	switch action {
	case "adminRemove", "selfDeactivate":
		if running == nil {
			return "", pimError("RoleAssignmentDoesNotExist", "The Role assignment does not exist.")
		}
		if !trial {
			o.body["targetScheduleId"] = running.id
			k.end(t, running)
		}
		return "Revoked", nil
	case "adminAssign", "selfActivate":
		if running != nil || !k.eligible && k.has(t, o) {
			return "", pimError("RoleAssignmentExists", "The Role assignment already exists.")
		}
		if eligibility := k.other(); self && eligibility.find(t, o) == nil {
			return "", pimError("RoleAssignmentDoesNotExist", "The Role assignment does not exist.")
		}
	case "adminUpdate", "adminExtend", "adminRenew", "selfExtend", "selfRenew":
		if running == nil {
			return "", pimError("RoleAssignmentDoesNotExist", "The Role assignment does not exist.")
		}
	default:
		return "", badRequest("The action '%s' is not known.", action)
	}
	pending, gerr := k.checkRules(t, o, s, self)
	if gerr != nil || pending {
		return "PendingApproval", gerr
	}
	if !trial {
		k.schedule1(t, o, s, running)
	}
	return "Provisioned", nil
}

// find is the schedule of the same principal and role or group.
func (k pimKind) find(t *Tenant, o *object) *object {
	for _, s := range t.shelf(k.schedule).all(false) {
		if k.sameKey(s, o) {
			return s
		}
	}
	return nil
}

// has tells whether the principal has the role or membership without a schedule.
func (k pimKind) has(t *Tenant, o *object) bool {
	if k.group {
		return t.edges.has(o.text("groupId"), o.text("accessId")+"s", o.text("principalId"))
	}
	return t.shelf("unifiedRoleAssignment").live(roleAssignmentID(o.text("roleDefinitionId"), o.text("principalId"), o.text("directoryScopeId"))) != nil
}

// schedule1 makes the schedule of a request, or changes the one that runs.
func (k pimKind) schedule1(t *Tenant, o *object, s span, running *object) {
	expiration := body{"type": "noExpiration", "endDateTime": nil, "duration": nil}
	if !s.to.IsZero() {
		expiration = body{"type": "afterDateTime", "endDateTime": preciseTimestamp(s.to), "duration": nil}
	}
	now := preciseTimestamp(t.now())
	if running != nil {
		nested(running.body, "scheduleInfo")["expiration"], running.body["modifiedDateTime"] = expiration, now
		o.body["targetScheduleId"] = running.id
		for _, i := range t.instancesOf(k, running) {
			i.body["endDateTime"] = expiration["endDateTime"]
		}
		return
	}
	b := k.key(o)
	b["createdDateTime"], b["createdUsing"], b["status"] = now, o.id, "Provisioned"
	b["memberType"] = k.word("Direct")
	if !k.eligible {
		b["assignmentType"] = k.word("Assigned")
		if o.text("action") == "selfActivate" {
			b["assignmentType"] = k.word("Activated")
		}
	}
	b["scheduleInfo"] = body{"startDateTime": preciseTimestamp(s.from), "recurrence": nil, "expiration": expiration}
	o.body["targetScheduleId"] = o.id
	t.shelf(k.schedule).put(&object{typ: k.schedule, id: o.id, body: b})
}

// word spells what is an enum member of groups and plain text of roles.
func (k pimKind) word(s string) string {
	if k.group {
		return strings.ToLower(s)
	}
	return s
}

func (t *Tenant) instancesOf(k pimKind, schedule *object) []*object {
	return slices.DeleteFunc(t.shelf(k.instance).all(false), func(o *object) bool { return o.parent != schedule.id })
}

// end ends a schedule now.
func (k pimKind) end(t *Tenant, schedule *object) {
	for _, i := range t.instancesOf(k, schedule) {
		t.shelf(k.instance).drop(i.id)
		k.revoke(t, i)
	}
	t.shelf(k.schedule).drop(schedule.id)
}

// runSchedules starts what has come, and ends what is over: the time of the tenant decides.
func (t *Tenant) runSchedules() {
	now := t.now()
	for _, k := range pimKinds {
		for _, s := range t.shelf(k.schedule).all(false) {
			info := nested(s.body, "scheduleInfo")
			from, _ := time.Parse(time.RFC3339Nano, textOf(info["startDateTime"]))
			end := textOf(nested(info, "expiration")["endDateTime"])
			to, err := time.Parse(time.RFC3339Nano, end)
			switch {
			case end != "" && err == nil && !now.Before(to):
				k.end(t, s)
			case !now.Before(from) && len(t.instancesOf(k, s)) == 0:
				k.start(t, s)
			}
		}
	}
}

// start makes the instance of a schedule, and gives what it stands for.
func (k pimKind) start(t *Tenant, s *object) {
	i := &object{typ: k.instance, parent: s.id, body: k.key(s)}
	info := nested(s.body, "scheduleInfo")
	i.body["startDateTime"], i.body["endDateTime"] = info["startDateTime"], nested(info, "expiration")["endDateTime"]
	i.body["memberType"], i.body[k.scheduleID] = s.body["memberType"], s.id
	kind := "e"
	if !k.eligible {
		kind = "a"
		i.body["assignmentType"] = s.body["assignmentType"]
		if !k.group {
			i.body["roleAssignmentOriginId"] = roleAssignmentID(s.text("roleDefinitionId"), s.text("principalId"), s.text("directoryScopeId"))
		}
		k.grant(t, i)
	}
	var of []byte
	for _, name := range k.keys() {
		of = append(of, littleEndian(lastSegment(s.text(name)))...)
	}
	i.id = fmt.Sprintf("%s-%s-%s", base64.RawURLEncoding.EncodeToString(of), s.id[:8], kind)
	t.shelf(k.instance).put(i)
}

// grant gives the role or membership of an instance, unless the principal has it already;
// revoke takes only that away again.
func (k pimKind) grant(t *Tenant, i *object) {
	if k.has(t, i) {
		return
	}
	i.granted = true
	if k.group {
		t.edges.add(i.text("groupId"), i.text("accessId")+"s", i.text("principalId"))
		return
	}
	t.showAsMember(t.putAssignment(k.key(i)))
}

func (k pimKind) revoke(t *Tenant, i *object) {
	if !i.granted {
		return
	}
	if k.group {
		t.edges.remove(i.text("groupId"), i.text("accessId")+"s", i.text("principalId"))
		return
	}
	id := roleAssignmentID(i.text("roleDefinitionId"), i.text("principalId"), i.text("directoryScopeId"))
	if a := t.shelf("unifiedRoleAssignment").live(id); a != nil {
		t.dropAssignment(pimService, a)
	}
}

// endSchedulesOf ends the schedules of an assignment that was removed by hand.
func (t *Tenant) endSchedulesOf(a *object) {
	for _, k := range pimKinds {
		if k.group || k.eligible {
			continue
		}
		for _, s := range t.shelf(k.schedule).all(false) {
			if k.sameKey(s, a) && len(t.instancesOf(k, s)) > 0 {
				k.end(t, s)
			}
		}
	}
}

// cancel withdraws a request that waits for an approval or for its time.
func (k pimKind) cancel(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, t.resource(k.request))
	if gerr != nil {
		return nil, gerr
	}
	s := t.shelf(k.schedule).live(o.id)
	waiting := s != nil && len(t.instancesOf(k, s)) == 0
	if o.text("status") != "PendingApproval" && !waiting {
		return nil, badRequest("The request '%s' is not pending.", o.id)
	}
	if waiting {
		k.end(t, s)
	}
	t.audit(c, auditUpdate, o)
	o.body["status"] = "Canceled"
	return noContent, nil
}
