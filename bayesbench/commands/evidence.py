"""How probable a model made the data: evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayesbench.commands.options import (
    NOT_REACHED,
    DataFile,
    Json,
    ModelName,
    Outcome,
    Prior,
    Seed,
    Starts,
    Variant,
    check_places,
    console,
    model_and_data,
    write_json,
)
from bayesbench.commands.sampler_options import told_where_draws_are, with_sampler
from bayesbench.commands.table_options import with_table
from bayesbench.errors import BadInput

if TYPE_CHECKING:
    from bayesbench.model import Model


@with_sampler
@with_table
def evidence(
    model: ModelName,
    data: DataFile = None,
    prior: Prior = None,
    variant: Variant = None,
    outcome: Outcome = None,
    against: Annotated[
        str | None,
        typer.Option(help="A prior or variant of the model, or another; else its other priors."),
    ] = None,
    seed: Seed = 0,
    starts: Starts = None,
    to_json: Json = None,
    *,
    sampler: dict[str, Any],
    reading: dict[str, Any],
) -> None:
    """Compute the evidence, and Bayes factors between priors. Exit code 3: there is none."""
    from bayesbench.binding import bind
    from bayesbench.evidence.bayes_factor import check_same_data
    from bayesbench.evidence.comparison import comparison
    from bayesbench.evidence.marginal_likelihood import marginal_likelihood
    from bayesbench.evidence.priors import prior_name
    from bayesbench.terminal_evidence import print_evidence

    check_places(to_json, None)
    chosen, table = model_and_data(model, data, prior, variant, outcome, **reading)
    others = _others(chosen, against)
    for other in others.values():  # before anyone waits
        check_same_data(bind(chosen, table), bind(other, table))
    with told_where_draws_are(sampler.get("checkpoint")):
        own = marginal_likelihood(chosen, table, seed=seed, starts=starts, **sampler)
    sampler.pop("checkpoint", None)  # which is that of one model
    compared = []
    for name, other in others.items() if own.best else ():
        found = marginal_likelihood(other, table, seed=seed, starts=starts, **sampler)
        first = prior_name(chosen) if other.__name__ == chosen.__name__ else chosen.__name__
        compared.append(comparison(first, own, name, found))
    print_evidence(own, compared, console(to_json == "-"))
    write_json(
        lambda: {
            "log_evidence": own.numbers,
            "evidence_notes": list(own.missing),
            "bayes_factors": {each.other: each.numbers for each in compared},
        },
        to_json,
    )
    asked = [each.factor for each in compared] if against else []
    if own.best is None or None in asked:
        raise typer.Exit(NOT_REACHED)


def _others(chosen: type[Model], against: str | None) -> dict[str, type[Model]]:
    """What the model is compared with, by name."""
    from bayesbench.errors import nearest
    from bayesbench.evidence.priors import prior_name, priors_of
    from bayesbench.model import with_variant
    from bayesbench.zoo import load, names

    priors = priors_of(chosen)
    own = prior_name(chosen)
    if against is None:
        return {name: model for name, model in priors.items() if name != own}
    if against in priors:
        return {against: priors[against]}
    if against in chosen.variants:
        return {against: with_variant(chosen, against)}
    if against in names() or ".py" in against:
        other = load(against)
        return {other.__name__: other}
    known = [*dict.fromkeys([*priors, *chosen.variants])]
    raise BadInput(
        "--against",
        found=f"'{against}'",
        expected=f"another prior or variant ({', '.join(known) or 'there are none'}), or a model",
        remedy=nearest(against, known),
    )
