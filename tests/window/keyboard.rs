use crate::app::{App, my_turn};
use crate::town::Town;
use crate::ward;

/// What has the focus, when it is visible that it has.
const FOCUS: &str = "
    const focus = document.activeElement;
    if (focus === null || focus === document.body || focus === document.documentElement || !focus.matches(':focus-visible')) return null;
    const outlined = (element) => getComputedStyle(element).outlineStyle !== 'none' && parseFloat(getComputedStyle(element).outlineWidth) > 0;
    const shown = outlined(focus) || outlined(focus.parentElement);
    return shown ? focus.id || focus.getAttribute('aria-label') || focus.tagName : null";

#[tokio::test(flavor = "multi_thread")]
async fn asha_does_a_mornings_work_without_touching_the_mouse() {
    let _turn = my_turn().await;
    let town = Town::founded("window-keyboard").await;
    town.write(&[ward::report(1, "Lamp is dark", None), ward::report(2, "Drain overflows", None)]).await;
    let asha = town.officer("asha");
    let app = App::signed_in(&asha).await;
    app.sees("2 grievances").await;
    app.until("a visible focus after signing in", FOCUS).await;

    app.press("j").await;
    app.press("j").await;
    app.press("k").await;
    app.press("ArrowDown").await;
    let chosen = "return document.querySelector('[data-list] [aria-selected=true]')?.dataset.grievance";
    let chosen = app.until("a row chosen", chosen).await;
    let chosen = chosen.as_str().unwrap();
    let opened =
        format!("return document.querySelector('[data-detail] article')?.dataset.grievance === '{chosen}'");
    app.until("the chosen grievance", &opened).await;
    app.until("a visible focus in the list", FOCUS).await;

    app.press("p").await;
    app.sees("You moved it to In progress").await;
    app.press("e").await;
    app.until("the focus in the reply", "return document.activeElement.id === 'reply'").await;
    app.write("Crew at 14:00").await;
    app.press("ctrl+Enter").await;
    app.sees("You replied: “Crew at 14:00”").await;
    app.press("Escape").await;
    app.until("a visible focus in the grievance", FOCUS).await;
    app.press("c").await;
    app.until("the focus in the category", "return document.activeElement.id === 'category'").await;
    app.press("ArrowDown").await;
    app.sees("You put it under").await;
    app.press("t").await;
    app.until("the focus in the reason", "return document.activeElement.id === 'reason'").await;
    app.press("Escape").await;
    app.until("a visible focus after the reason", FOCUS).await;
    app.press("Escape").await;
    app.until("the focus in the list", "return document.activeElement.matches('[data-list]')").await;

    for key in ["?", "n"] {
        app.press(key).await;
        app.until(&format!("the dialog of {key}"), "return document.querySelector('dialog[open]')").await;
        app.until("a visible focus in the dialog", FOCUS).await;
        let inside =
            app.js("return document.querySelector('dialog[open]').contains(document.activeElement)").await;
        assert_eq!(inside, true, "{key}: the dialog has the keyboard");
        if key == "?" {
            app.picture("shortcuts").await;
        }
        app.press("Escape").await;
        app.until("the dialog closed", "return document.querySelector('dialog[open]') === null").await;
        app.until(&format!("a visible focus after the dialog of {key}"), FOCUS).await;
    }

    app.press("/").await;
    app.write("drain").await;
    app.sees("1 grievance found").await;
    app.press("Escape").await;
    app.sees("2 grievances").await;
    app.press("Escape").await;
    app.until("a visible focus after the search", FOCUS).await;
    app.press("]").await;
    app.press("l").await;
    app.picture("dark").await;

    app.sync_is("allSent").await;
    let triage = &town.grievance(chosen).await["triage"];
    assert_eq!((&triage["status"], &triage["reply"]), (&"inProgress".into(), &"Crew at 14:00".into()));
    app.press("ctrl+l").await;
    app.began_anew(&asha).await;
}
