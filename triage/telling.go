package triage

import "ctlog/detect/pack"

// What is telling is what the rules of the core pack say of a call or a user
// agent: summary and trace give the reasons that detect gives.

// tellOf gives what is known of a call, service:Name.
func tellOf(api string) pack.Tell { return pack.CallTold(api) }

// toolOf names the tool of attackers in a user agent, "" when there is none, and
// how telling it is.
func toolOf(agent string) (tool string, weight int) {
	tool, tell := pack.AgentTold(agent)
	return tool, tell.Weight
}
