"""Finds what upkeep knows: organisations, sites, cameras as property, their states, and work orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from landwatch.store import micros, moment, schema
from landwatch.upkeep.level import Level
from landwatch.upkeep.records import (
    Asset,
    Attachment,
    Condition,
    LifecycleChange,
    Order,
    Organisation,
    Scope,
    Site,
    Step,
)

__all__ = ["Book", "Reading", "level_of", "names_of", "orders_of"]

Reading = Callable[[], AbstractContextManager[Connection]]

_orders, _organisations, _levels = schema.orders, schema.organisations, schema.levels
_assets, _sites, _cameras = schema.assets, schema.sites, schema.cameras

_any_order: Select[Any] = (
    select(_orders, _organisations.c.name.label("organisation"), _levels.c.name.label("level"))
    .outerjoin(_organisations, _orders.c.organisation_id == _organisations.c.id)
    .outerjoin(_levels, _orders.c.level_id == _levels.c.id)
)
_any_condition = select(schema.conditions, _cameras.c.name.label("camera")).join(
    _cameras, schema.conditions.c.camera_id == _cameras.c.id
)


class Book:
    """Answers questions on a snapshot of the tables. May be used from several threads."""

    def __init__(self, reading: Reading) -> None:
        """Take what gives a snapshot, such as `Archive.reading`."""
        self.reading = reading

    def organisations(self) -> list[Organisation]:
        """Return all organisations, in order of name."""
        with self.reading() as connection:
            rows = connection.execute(select(_organisations).order_by(_organisations.c.name)).all()
        return [Organisation(name=row.name, title=row.title, contact=row.contact) for row in rows]

    def sites(self) -> list[Site]:
        """Return all sites, in order of name."""
        with self.reading() as connection:
            rows = connection.execute(select(_sites).order_by(_sites.c.name)).all()
        return [
            Site(
                name=row.name,
                title=row.title,
                latitude=row.latitude,
                longitude=row.longitude,
                area=row.area,
                settlement=row.settlement,
                income=row.income,
            )
            for row in rows
        ]

    def levels(self) -> list[Level]:
        """Return all service levels, in order of name."""
        with self.reading() as connection:
            rows = connection.execute(select(_levels).order_by(_levels.c.name)).all()
        return [level_of(row) for row in rows]

    def assets(self, camera: str | None = None) -> list[Asset]:
        """Return what is known of cameras as property, in order of name; of one, or of all."""
        statement = select(_assets).order_by(_assets.c.camera)
        if camera is not None:
            statement = statement.where(_assets.c.camera == camera)
        with self.reading() as connection:
            organisations = names_of(connection, _organisations)
            sites = names_of(connection, _sites)
            levels = names_of(connection, _levels)
            rows = connection.execute(statement).all()
        return [
            Asset(
                camera=row.camera,
                site=sites.get(row.site_id),
                make=row.make,
                model=row.model,
                serial=row.serial,
                installed=date.fromisoformat(row.installed) if row.installed else None,
                built_by=organisations.get(row.built_by),
                managed_by=organisations.get(row.managed_by),
                maintained_by=organisations.get(row.maintained_by),
                contract=row.contract,
                warranty=date.fromisoformat(row.warranty) if row.warranty else None,
                level=levels.get(row.level_id),
                lifecycle=row.lifecycle,
            )
            for row in rows
        ]

    def lifecycle(self, camera: str) -> list[LifecycleChange]:
        """Return the changes of a camera's lifecycle, oldest first."""
        changes = schema.lifecycles
        statement = select(changes).join(_assets).where(_assets.c.camera == camera).order_by(changes.c.id)
        with self.reading() as connection:
            rows = connection.execute(statement).all()
        return [
            LifecycleChange(time=moment(row.time), lifecycle=row.lifecycle, note=row.note) for row in rows
        ]

    def token(self, camera: str) -> str | None:
        """Return the word in the address of a camera's page for reports; None where it is no property."""
        with self.reading() as connection:
            return connection.scalar(select(_assets.c.token).where(_assets.c.camera == camera))

    def tokens(self) -> dict[str, str]:
        """Return the words in the addresses of all pages for reports, by camera."""
        with self.reading() as connection:
            return {
                row.camera: row.token for row in connection.execute(select(_assets.c.camera, _assets.c.token))
            }

    def camera_of(self, token: str) -> str | None:
        """Return the camera whose page for reports has this word in its address."""
        with self.reading() as connection:
            return connection.scalar(select(_assets.c.camera).where(_assets.c.token == token))

    def conditions(self, camera: str | None = None, limit: int = 100) -> list[Condition]:
        """Return how a camera was, newest first; or how each camera is now, where none is named."""
        table = schema.conditions
        if camera is None:
            newest = select(func.max(table.c.id)).group_by(table.c.camera_id)
            statement = _any_condition.where(table.c.id.in_(newest)).order_by(_cameras.c.name)
        else:
            statement = (
                _any_condition.where(_cameras.c.name == camera).order_by(table.c.id.desc()).limit(limit)
            )
        with self.reading() as connection:
            return [_condition(row) for row in connection.execute(statement)]

    def conditions_between(self, since: datetime, until: datetime) -> list[Condition]:
        """Return how all cameras were in a span, oldest first; each one's first may have begun before it."""
        table = schema.conditions
        before = select(func.max(table.c.id)).where(table.c.since < micros(since)).group_by(table.c.camera_id)
        within = and_(table.c.since >= micros(since), table.c.since < micros(until))
        statement = _any_condition.where(or_(table.c.id.in_(before), within))
        with self.reading() as connection:
            rows = connection.execute(statement.order_by(table.c.since, table.c.id))
            return [_condition(row) for row in rows]

    def orders(
        self,
        *,
        standing: bool | None = None,
        scope: Scope | None = None,
        subject: str | None = None,
        organisation: str | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> list[Order]:
        """Return work orders, those that were opened last first.

        Args:
            standing: only those that are not closed, or only those that are; None for both.
            scope: only on a camera, on a site, or on the fleet.
            subject: only on the camera, or the site, of this name.
            organisation: only those that it is to mend.
            since: only those opened then or later.
            limit: how many at most.
        """
        statement = _any_order
        if standing is not None:
            statement = statement.where(
                _orders.c.closed.is_(None) if standing else _orders.c.closed.is_not(None)
            )
        if scope is not None:
            statement = statement.where(_orders.c.scope == scope)
        if subject is not None:
            statement = statement.where(_orders.c.subject == subject)
        if organisation is not None:
            statement = statement.where(_organisations.c.name == organisation)
        if since is not None:
            statement = statement.where(_orders.c.opened >= micros(since))
        statement = statement.order_by(_orders.c.opened.desc(), _orders.c.id.desc()).limit(limit)
        with self.reading() as connection:
            return orders_of(connection.execute(statement).all())

    def standing(self) -> Counter[tuple[Scope, str]]:
        """Return how many work orders stand, by scope and subject."""
        statement = (
            select(_orders.c.scope, _orders.c.subject, func.count())
            .where(_orders.c.closed.is_(None))
            .group_by(_orders.c.scope, _orders.c.subject)
        )
        with self.reading() as connection:
            return Counter({(row[0], row[1]): row[2] for row in connection.execute(statement)})

    def order(self, number: int) -> Order | None:
        """Return one work order, or None where there is none of that number."""
        with self.reading() as connection:
            return next(
                iter(orders_of(connection.execute(_any_order.where(_orders.c.id == number)).all())), None
            )

    def steps(self, number: int) -> list[Step]:
        """Return what was done with a work order, oldest first."""
        table = schema.steps
        statement = (
            select(table, _organisations.c.name.label("organisation"))
            .outerjoin(_organisations, table.c.organisation_id == _organisations.c.id)
            .where(table.c.order_id == number)
            .order_by(table.c.id)
        )
        with self.reading() as connection:
            rows = connection.execute(statement).all()
        return [
            Step(
                time=moment(row.time),
                act=row.act,
                state=row.state,
                role=row.role,
                organisation=row.organisation,
                note=row.note,
            )
            for row in rows
        ]

    def attachments(self, number: int) -> list[Attachment]:
        """Return the texts that belong to a work order, oldest first."""
        table = schema.attachments
        statement = select(table).where(table.c.order_id == number).order_by(table.c.id)
        with self.reading() as connection:
            rows = connection.execute(statement).all()
        return [
            Attachment(
                time=moment(row.time),
                name=row.name,
                media_type=row.media_type,
                sha256=row.sha256,
                content=row.content,
            )
            for row in rows
        ]


def names_of(connection: Connection, table: Any) -> Mapping[int, str]:
    """Return the names of organisations, sites or service levels, by their ids."""
    return {row.id: row.name for row in connection.execute(select(table.c.id, table.c.name))}


def level_of(row: Any) -> Level:
    """Return the service level of a row."""
    return Level(
        name=row.name,
        target=row.target,
        response=row.response,
        repair=row.repair,
        hours=row.hours,
        zone=row.zone,
        holidays=row.holidays,
        escalation=row.escalation,
    )


def orders_of(rows: Sequence[Any]) -> list[Order]:
    """Return the work orders of rows with the names of organisation and level."""
    return [
        Order(
            id=row.id,
            scope=row.scope,
            subject=row.subject,
            cause=row.cause,
            detail=row.detail,
            origin=row.origin,
            state=row.state,
            opened=moment(row.opened),
            since=moment(row.since),
            organisation=row.organisation,
            level=row.level,
            respond_by=_maybe(row.respond_by),
            repair_by=_maybe(row.repair_by),
            acknowledged=_maybe(row.acknowledged),
            done=_maybe(row.done),
            closed=_maybe(row.closed),
            before=row.before,
            after=row.after,
            mended=row.mended,
            version=row.version,
        )
        for row in rows
    ]


def _maybe(stamp: int | None) -> datetime | None:
    return None if stamp is None else moment(stamp)


def _condition(row: Any) -> Condition:
    return Condition(
        camera=row.camera,
        since=moment(row.since),
        noted=moment(row.noted),
        state=row.state,
        cause=row.cause,
        detail=row.detail,
        before=row.before,
        after=row.after,
    )
