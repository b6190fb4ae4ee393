"""How far a deployment goes: limits and costs, the hours of a week, and the page about them."""
