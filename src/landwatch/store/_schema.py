"""The tables of the store.

Times are whole microseconds since 1970-01-01 UTC in 64-bit integers: exact for every `datetime`, sorted as
numbers, the same in SQLite and PostgreSQL, and a third of the size of text. Flags, regions and messages
are JSON text. A reading names its series (camera, quantity, unit, method) and a finding its check (camera,
check, unit), so that a row of either costs some forty bytes.

Nothing here is about a person: of the removal there are the status, its reason, the model's hash and the
band that the masked share lies in. Work is done by organisations in roles, never by somebody with a name. A
test holds the list of columns.

`events` holds what the pictures say, each change a row; `lives` how each event stands with those who act on
it, and `acts` how it came to that. `conditions`, `lifecycles`, `cadences`, `steps`, `marks`, `acts`,
`alerts` and `views` are histories like `events`: rows are added, and triggers refuse to change or delete
them. `days` holds sums of what other tables hold, so that rates over a month need not read each picture;
`quiet` the highest scores of each hour, from which thresholds are learnt.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

__all__ = [
    "acts",
    "alerts",
    "assets",
    "attachments",
    "blinds",
    "cadences",
    "cameras",
    "campaigns",
    "checks",
    "conditions",
    "days",
    "events",
    "findings",
    "levels",
    "lifecycles",
    "lives",
    "marks",
    "messages",
    "metadata",
    "orders",
    "organisations",
    "outages",
    "pictures",
    "quiet",
    "readings",
    "series",
    "sites",
    "steps",
    "stills",
    "store",
    "strips",
    "tokens",
    "views",
    "visits",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

KEY = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column that is called INTEGER; it has 64 bits there too."""

store = Table("store", metadata, Column("name", Text, primary_key=True))
"""One random name, which the folder of pictures has as well: so each finds the other."""

tokens = Table(
    "tokens",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False, unique=True),  # of a program or a desk, never of somebody
    Column("hash", Text, nullable=False, unique=True),  # SHA-256 of the token
    Column("scopes", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
)

cameras = Table(
    "cameras",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("latitude", Float),  # [deg]
    Column("longitude", Float),  # [deg]
    Column("elevation", Float),  # [m]
    Column("interval", Float, nullable=False),  # [s]
    Column("kind", Text, nullable=False),
    Column("followed", Boolean, nullable=False),
)

stills = Table(
    "stills",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("sha256", Text, nullable=False, unique=True),
    Column("path", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("width", Integer, nullable=False),  # [px]
    Column("height", Integer, nullable=False),  # [px]
    Column("bytes", BigInteger, nullable=False),
    Column("newest", BigInteger, nullable=False),  # capture time of the newest picture that is this still
    Index(None, "newest"),
)

pictures = Table(
    "pictures",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("taken", BigInteger, nullable=False),
    Column("time_from", Text, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("masked", Float),  # upper end of the band [1]
    Column("model", Text),
    Column("still_id", ForeignKey("stills.id", ondelete="SET NULL")),
    CheckConstraint("masked IN (0.0, 0.01, 0.05, 0.2, 1.0)", name="masked_is_a_band"),
    CheckConstraint("status = 'cleared' OR still_id IS NULL", name="only_cleared_has_still"),
    Index(None, "camera_id", "taken"),
    Index(None, "still_id"),
    Index(
        "ix_pictures_shown",
        "camera_id",
        "taken",
        sqlite_where=text("still_id IS NOT NULL"),
        postgresql_where=text("still_id IS NOT NULL"),
    ),
)

series = Table(
    "series",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("quantity", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("method", Text, nullable=False),
    UniqueConstraint("camera_id", "quantity", "unit", "method"),
)

readings = Table(
    "readings",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("series_id", ForeignKey("series.id"), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("value", Float),
    Column("sigma", Float),
    Column("absent", Text),
    Column("flags", Text),
    Column("region", Text),  # of the land, in px of the original picture
    CheckConstraint("(value IS NULL) <> (absent IS NULL)", name="value_or_absent"),
    Index(None, "series_id", "time"),
    Index(None, "time"),
)

checks = Table(
    "checks",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("unit", Text, nullable=False),
    UniqueConstraint("camera_id", "name", "unit"),
)

findings = Table(
    "findings",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("check_id", ForeignKey("checks.id"), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("value", Float),
    Column("since", BigInteger, nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "check_id", "time"),
)

events = Table(
    "events",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("event", Text, nullable=False),
    Column("hazard", Text, nullable=False),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("score", Float, nullable=False),  # of the rule [1]
    Column("region", Text),  # of the hazard, in px of the original picture
    Column("file", Text, nullable=False),
    Column("still", Text),
    Column("origin", Text, nullable=False, server_default="pictures"),
    Column("drill", Boolean, nullable=False, server_default=false()),
    Index(None, "event"),
    Index(None, "camera_id", "event"),
    Index(None, "still"),
)

outages = Table(
    "outages",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("message", Text, nullable=False),
    Index(None, "camera_id", "time"),
    Index(None, "time"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("outlet", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("error", Text, nullable=False),
    Column("delivered", BigInteger),
    Column("lane", Text, nullable=False, server_default=""),  # they wait for each other
    Column("skipped", BigInteger),  # when somebody decided that it is not to be carried
    UniqueConstraint("outlet", "key"),
    Index(None, "outlet", "delivered"),
)

organisations = Table(
    "organisations",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("contact", Text, nullable=False),  # of a desk: an e-mail address or an Apprise URL
)

sites = Table(
    "sites",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("latitude", Float),  # [deg]
    Column("longitude", Float),  # [deg]
    Column("area", Text, nullable=False),  # administrative, as its users write it
    Column("settlement", Text, nullable=False),
    Column("income", Text, nullable=False, server_default="unknown"),  # class of the area among areas
    CheckConstraint("settlement IN ('urban', 'rural', 'unknown')", name="settlement"),
    CheckConstraint("income IN ('low', 'middle', 'high', 'unknown')", name="income"),
)

levels = Table(
    "levels",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("target", Float, nullable=False),  # of the time that a camera is to be good [%]
    Column("hours", Text, nullable=False),  # such as mon-fri 08:00-17:00
    Column("zone", Text, nullable=False),  # IANA
    Column("holidays", Text, nullable=False),  # ISO dates
    Column("response", Float, nullable=False),  # service time [h]
    Column("repair", Float, nullable=False),  # service time [h]
    Column("escalation", Text, nullable=False),  # such as 0:maintained_by 8:managed_by, service hours overdue
)

assets = Table(
    "assets",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("camera", Text, nullable=False, unique=True),  # not in `cameras` before it is first followed
    Column("site_id", ForeignKey("sites.id"), index=True),
    Column("make", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("serial", Text, nullable=False),
    Column("installed", Text),  # ISO date
    Column("built_by", ForeignKey("organisations.id")),
    Column("managed_by", ForeignKey("organisations.id")),
    Column("maintained_by", ForeignKey("organisations.id")),
    Column("contract", Text, nullable=False),
    Column("warranty", Text),  # ISO date of its last day
    Column("level_id", ForeignKey("levels.id")),
    Column("lifecycle", Text, nullable=False),  # the newest of `lifecycles`
    Column("token", Text, nullable=False, unique=True),  # in the address of the page for reports
    CheckConstraint("lifecycle IN ('planned', 'active', 'maintenance', 'retired')", name="lifecycle"),
)

lifecycles = Table(
    "lifecycles",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("asset_id", ForeignKey("assets.id"), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("lifecycle", Text, nullable=False),
    Column("note", Text, nullable=False),
    Index(None, "asset_id", "time"),
)

conditions = Table(
    "conditions",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("since", BigInteger, nullable=False),  # the state holds from here to the next row's since
    Column("noted", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("cause", Text, nullable=False),  # a check, no_picture or unusable; empty where the state is good
    Column("detail", Text, nullable=False),
    Column("before", Text),  # SHA-256 of the last cleared picture of the better state
    Column("after", Text),  # SHA-256 of a cleared picture of this state
    CheckConstraint("state IN ('good', 'doubtful', 'bad', 'unknown')", name="state"),
    Index(None, "camera_id", "since"),
)

orders = Table(
    "orders",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("subject", Text, nullable=False),  # name of the camera or the site; empty for the fleet
    Column("cause", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),  # of the trouble
    Column("organisation_id", ForeignKey("organisations.id")),  # who is to mend it
    Column("level_id", ForeignKey("levels.id")),
    Column("respond_by", BigInteger),
    Column("repair_by", BigInteger),
    Column("remaining", Float),  # service time to repair_by when the clock was stopped [s]
    Column("acknowledged", BigInteger),
    Column("done", BigInteger),
    Column("closed", BigInteger),
    Column("escalated", Integer, nullable=False),  # steps of the service level that were taken
    Column("before", Text),
    Column("after", Text),
    Column("mended", Text),  # SHA-256 of the cleared picture that proves the repair
    Column("version", Integer, nullable=False),  # one more with each step
    CheckConstraint("scope IN ('camera', 'site', 'fleet')", name="scope"),
    CheckConstraint("origin IN ('pictures', 'hand', 'report')", name="origin"),
    CheckConstraint(
        "state IN ('open', 'assigned', 'acknowledged', 'on_hold', 'done', 'verified', 'cancelled')",
        name="state",
    ),
    CheckConstraint("(closed IS NULL) = (state NOT IN ('verified', 'cancelled'))", name="closed_or_not"),
    Index(
        "uq_orders_standing",  # no second order for one cause
        "scope",
        "subject",
        "cause",
        unique=True,
        sqlite_where=text("closed IS NULL"),
        postgresql_where=text("closed IS NULL"),
    ),
    Index(None, "subject", "opened"),
    Index(None, "opened"),
    Index(None, "before"),
    Index(None, "after"),
    Index(None, "mended"),
)

steps = Table(
    "steps",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("order_id", ForeignKey("orders.id"), nullable=False, index=True),
    Column("time", BigInteger, nullable=False),
    Column("act", Text, nullable=False),
    Column("state", Text, nullable=False),  # of the order after it
    Column("role", Text, nullable=False),  # never a name
    Column("organisation_id", ForeignKey("organisations.id")),
    Column("note", Text, nullable=False),
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("order_id", ForeignKey("orders.id"), nullable=False, index=True),
    Column("time", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", Text, nullable=False),
    UniqueConstraint("order_id", "sha256"),
)

cadences = Table(
    "cadences",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("time", BigInteger, nullable=False),  # from then on
    Column("interval", Float, nullable=False),  # [s]
    Index(None, "camera_id", "time"),
)

days = Table(
    "days",
    metadata,
    Column("camera_id", ForeignKey("cameras.id"), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),  # since 1970-01-01 UTC
    Column("pictures", BigInteger, nullable=False, server_default="0"),  # usable, by capture time [1]
    Column("timed", BigInteger, nullable=False, server_default="0"),  # of them with a capture time [1]
    Column("delay", BigInteger, nullable=False, server_default="0"),  # sum of theirs [us]
    Column("slots", LargeBinary),  # a bit for each five minutes in which the camera was heard, first lowest
    Column("online", Integer, nullable=False, server_default="0"),  # bits that are set [1]
    Column("good", BigInteger, nullable=False, server_default="0"),  # of states that are over [us]
    Column("doubtful", BigInteger, nullable=False, server_default="0"),  # [us]
    Column("bad", BigInteger, nullable=False, server_default="0"),  # [us]
    sqlite_with_rowid=False,
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("inspector_id", ForeignKey("organisations.id"), nullable=False),  # a third party, never somebody
    Column("checklist", Text, nullable=False),  # JSON: items with name, words and weight
    Column("strata", Text, nullable=False),  # by what the sample was drawn
    Column("seed", BigInteger, nullable=False),
    Column("rectify", Float, nullable=False),  # time to mend what was found [d]
    Column("opened", BigInteger, nullable=False),
    Column("closed", BigInteger),
)

visits = Table(
    "visits",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("campaign_id", ForeignKey("campaigns.id"), nullable=False),
    Column("camera", Text, nullable=False),
    Column("stratum", Text, nullable=False),
    UniqueConstraint("campaign_id", "camera"),
)

marks = Table(
    "marks",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("visit_id", ForeignKey("visits.id"), nullable=False, index=True),
    Column("time", BigInteger, nullable=False),
    Column("item", Text, nullable=False),
    Column("mark", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("order_id", ForeignKey("orders.id")),  # that was opened for it
    CheckConstraint("mark IN ('pass', 'fail', 'inapplicable')", name="mark"),
)

lives = Table(
    "lives",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("event", Text, nullable=False, unique=True),
    Column("hazard", Text, nullable=False),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("origin", Text, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),  # time of the newest act
    Column("ended", BigInteger),  # since when the pictures no longer show it
    Column("cause", Text, nullable=False),  # why it was dismissed
    Column("into_id", ForeignKey("lives.id"), index=True),  # the event that it was merged into
    Column("version", Integer, nullable=False),  # one more with each act
    Column("desk", Text),  # to which it was handed over: a role or a desk's name
    CheckConstraint(
        "state IN ('open', 'acknowledged', 'confirmed', 'dismissed', 'closed', 'merged')", name="state"
    ),
    CheckConstraint("(into_id IS NULL) = (state <> 'merged')", name="merged_into"),
    CheckConstraint("(cause = '') = (state <> 'dismissed')", name="dismissed_why"),
    Index(None, "state", "opened"),
    Index(None, "camera_id", "opened"),
)

acts = Table(
    "acts",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("life_id", ForeignKey("lives.id"), nullable=False, index=True),
    Column("row_id", BigInteger, unique=True),  # the row of `events` that it follows
    Column("time", BigInteger, nullable=False),
    Column("act", Text, nullable=False),
    Column("state", Text, nullable=False),  # of the event after it
    Column("role", Text, nullable=False),  # never a name
    Column("cause", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("desk", Text),  # to which it hands over
    Column("key", Text),  # by which an act that is sent again is known
    Index(None, "key", unique=True),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("life_id", ForeignKey("lives.id"), nullable=False),
    Column("outlet", Text, nullable=False),
    Column("identifier", Text, nullable=False, unique=True),
    Column("sender", Text, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("act", Text, nullable=False),
    CheckConstraint("kind IN ('Alert', 'Update', 'Cancel')", name="kind"),
    Index(None, "life_id", "outlet"),
)

strips = Table(
    "strips",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("life_id", ForeignKey("lives.id"), nullable=False),
    Column("still", Text, nullable=False, index=True),  # SHA-256
    Column("taken", BigInteger, nullable=False),
    UniqueConstraint("life_id", "still"),
)

views = Table(
    "views",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("number", Integer, nullable=False),  # of the camera, from 1; readings name it
    Column("since", BigInteger, nullable=False),
    Column("origin", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("content", Text, nullable=False),  # JSON of what instruments are told of the view
    CheckConstraint("origin IN ('file', 'page', 'command')", name="origin"),
    UniqueConstraint("camera_id", "number"),
)

blinds = Table(
    "blinds",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("hazard", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("began", BigInteger, nullable=False),  # of the blindness, of which this may be the second reason
    Column("since", BigInteger, nullable=False),  # of this reason
    Column("until", BigInteger),
    Index(
        "uq_blinds_now",
        "camera_id",
        "hazard",
        unique=True,
        sqlite_where=text("until IS NULL"),
        postgresql_where=text("until IS NULL"),
    ),
    Index(None, "camera_id", "since"),
)

quiet = Table(
    "quiet",
    metadata,
    Column("camera_id", ForeignKey("cameras.id"), primary_key=True),
    Column("hazard", Text, primary_key=True),
    Column("hour", Integer, primary_key=True, autoincrement=False),  # since 1970-01-01 UTC
    Column("cell", Integer, primary_key=True, autoincrement=False),  # of the grid of places; -1 for none
    Column("readings", Integer, nullable=False),  # whose strongest place it was [1]
    Column("level", Float, nullable=False),  # threshold at which the rule would have opened [0-1]
    Column("area", Float, nullable=False),  # share of the picture that the region of that level had [1]
    Index(None, "hour"),
    sqlite_with_rowid=False,
)
