"""Facts about outlets that several models need."""

# States in which the owner may log in and sees the outlet (IT-POR-01: closed ones are
# as good as unknown).
LOGIN_STATES = ("opening", "active", "suspended")
# States in which the outlet exists as a point of sale and must have number and owner.
OPENED_STATES = LOGIN_STATES
